import { Tag } from 'antd';
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { moment } from '../../shared/time';
import { agentName, type Message } from '../../shared/types';
import { useDesk } from '../context';
import { nameOf } from '../labels';
import type { Conversation } from '../types';
import { zh } from '../zh';
import { CardLine } from './CardLine';

const t = zh.talk;

export function Transcript({ data }: { data: Conversation }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const last = data.messages[data.messages.length - 1]?.seq ?? 0;
  const toEnd = (): void => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(toEnd, [last]);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(toEnd); // the reply box below grows and shrinks
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const onScroll = (): void => {
    const el = box.current;
    if (el) atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < 80;
  };
  return (
    <div className="Lines" ref={box} onScroll={onScroll} role="log" aria-label={t.log} aria-live="polite" tabIndex={0}>
      {data.messages.map((message) => (
        <Line key={message.seq} message={message} conversation={data.conversation.id} onImage={toEnd} />
      ))}
    </div>
  );
}

function author(message: Message): string {
  if (message.from === 'agent') return `${t.agent} ${agentName(message)}`.trim();
  return { customer: t.customer, bot: t.bot, system: t.system }[message.from];
}

interface LineProps {
  message: Message;
  conversation: string;
  onImage: () => void;
}

const Line = memo(function Line({ message, conversation, onImage }: LineProps) {
  const { from, text, data, choices, meta } = message;
  if (from === 'system') return <p className="Line-system" data-seq={message.seq}>{text} <time>{moment(message.at)}</time></p>;
  return (
    <article className="Line" data-from={from} data-seq={message.seq}>
      <p className="Line-who">{author(message)} <time>{moment(message.at)}</time></p>
      <div className="Line-box">
        {text && <p className="Pre">{text}</p>}
        {data.image_id && <Picture conversation={conversation} id={data.image_id} onLoad={onImage} />}
        {data.card && <CardLine card={data.card} />}
        {choices.length > 0 && <p className="Line-choices">{t.choices}：{choices.map(({ id, label }) => <Tag key={id}>{label}</Tag>)}</p>}
      </div>
      {from === 'bot' && meta.route && (
        <p className="Line-meta">
          {t.route} {nameOf('routes', meta.route)}
          {meta.faq_id ? ` · ${meta.faq_id}` : ''}
          {meta.citations?.length ? ` · ${t.cited} ${meta.citations.join('、')}` : ''}
        </p>
      )}
    </article>
  );
}, (a, b) => a.message.seq === b.message.seq && a.conversation === b.conversation);

function Picture({ conversation, id, onLoad }: { conversation: string; id: string; onLoad: () => void }) {
  const { api } = useDesk();
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let made = '';
    let gone = false;
    api.image(conversation, id).then((blob) => {
      if (gone) return;
      made = URL.createObjectURL(blob);
      setUrl(made);
    }, () => !gone && setUrl(''));
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [api, conversation, id]);
  if (url === '') return <p className="Quiet">{t.imageFailed}</p>;
  if (!url) return <div className="Line-image" aria-hidden="true" />;
  return <a href={url} target="_blank" rel="noopener noreferrer"><img className="Line-image" src={url} alt={t.image} onLoad={onLoad} /></a>;
}
