import { Bubble } from '@chatui/core';
import { memo } from 'react';
import { moment } from '../shared/time';
import { agentName, type Message } from '../shared/types';
import { Author } from './Author';
import { besideCard } from './cards/beside';
import { CardView } from './cards/CardView';
import { Choices } from './Choices';
import { Picture } from './Picture';
import { Rating } from './Rating';
import { zh } from './zh';

interface Props {
  message: Message;
  time: boolean;
  author: boolean;
}

export const MessageRow = memo(function MessageRow({ message, time, author }: Props) {
  const side = message.from === 'customer' ? 'right' : 'left';
  return (
    <>
      {time && <time className="When" dateTime={message.at}>{moment(message.at)}</time>}
      {message.from === 'system' ? (
        <>
          <div className="Notice-line" data-seq={message.seq}><span>{message.text}</span></div>
          {(message.kind === 'rating' || message.choices.length > 0) && <div className="Message left"><Asked message={message} /></div>}
        </>
      ) : (
        <div className={`Message ${side}`} data-seq={message.seq} data-from={message.from}>
          {message.from === 'customer' && <span className="sr-only">{zh.says(zh.me)}</span>}
          {message.from !== 'customer' && author && <Author from={message.from} name={agentName(message)} />}
          {message.from !== 'customer' && !author && (
            <span className="sr-only">{zh.says(message.from === 'bot' ? zh.bot : zh.agentNamed(agentName(message)))}</span>
          )}
          <Content message={message} />
        </div>
      )}
    </>
  );
});

function Content({ message }: { message: Message }) {
  const { kind, text, data } = message;
  const said = besideCard(text, data.card);
  return (
    <>
      {said && <Bubble content={said} />}
      {kind === 'image' && <Picture id={data.image_id} />}
      {data.card && <CardView card={data.card} text={text} />}
      <Asked message={message} />
    </>
  );
}

/** What the customer is asked to tap, whoever asks: the bot, or the system's reminders. */
function Asked({ message }: { message: Message }) {
  if (message.kind === 'rating') return <Rating message={message} />;
  return message.choices.length > 0 ? <Choices message={message} /> : null;
}
