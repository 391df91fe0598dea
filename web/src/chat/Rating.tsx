import { Button, Card } from '@chatui/core';
import { useState } from 'react';
import type { Message } from '../shared/types';
import { useChat, useClient } from './hooks';
import { Sign } from './icons';
import { asAnswer, givenPoints } from './rating';
import { zh } from './zh';

const t = zh.rating;

/** Five points, and for who wants it three dimensions and a comment. */
export function Rating({ message }: { message: Message }) {
  const { transcript } = useChat();
  const client = useClient();
  const [points, setPoints] = useState(0);
  const [dims, setDims] = useState<(number | null)[]>([null, null, null]);
  const [comment, setComment] = useState('');
  const [sent, setSent] = useState(false);
  const given = givenPoints(message, transcript.messages);
  if (given !== null || sent) {
    return (
      <Card className="Panel">
        <div className="Panel-body Rating-done" role="status">
          <Stars value={given ?? points} label={t.overall} />
          <p>{t.thanks}</p>
        </div>
      </Card>
    );
  }
  const submit = (): void => {
    const answer = asAnswer({ points, dims, comment }, message.choices, t.dims);
    if ('choice' in answer) client.sendChoice(answer.choice.id, answer.choice.label);
    else client.sendText(answer.text);
    setSent(true);
  };
  return (
    <Card className="Panel">
      <div className="Panel-head"><h2>{t.title}</h2></div>
      <div className="Panel-body">
        <Stars value={points} label={t.overall} onPick={setPoints} big />
        <p className="Rating-word" aria-live="polite">{t.points[points - 1] ?? ''}</p>
        {points > 0 && (
          <>
            {t.dims.map((name, index) => (
              <div className="Rating-dim" key={name}>
                <span aria-hidden="true">{name}</span>
                <Stars value={dims[index] ?? 0} label={name} onPick={(n) => setDims(dims.map((old, i) => (i === index ? n : old)))} />
              </div>
            ))}
            <textarea
              className="Rating-text" rows={2} maxLength={300} value={comment} placeholder={t.comment} aria-label={t.comment}
              onChange={(event) => setComment(event.target.value)}
            />
            <Button color="primary" block onClick={submit}>{t.submit}</Button>
          </>
        )}
      </div>
    </Card>
  );
}

interface StarsProps {
  value: number;
  label: string;
  big?: boolean;
  onPick?: (points: number) => void;
}

function Stars({ value, label, big = false, onPick }: StarsProps) {
  const size = big ? 34 : 22;
  if (!onPick) {
    return (
      <div className="Stars" role="img" aria-label={`${label} ${t.star(value)}`}>
        {[1, 2, 3, 4, 5].map((n) => <span key={n} data-on={n <= value}><Sign name="star" size={size} /></span>)}
      </div>
    );
  }
  return (
    <div className="Stars" role="group" aria-label={label}>
      {[1, 2, 3, 4, 5].map((n) => (
        <button type="button" key={n} data-on={n <= value} aria-pressed={n === value} aria-label={t.star(n)} onClick={() => onPick(n)}>
          <Sign name="star" size={size} />
        </button>
      ))}
    </div>
  );
}
