import { Alert, Button } from 'antd';
import { useDesk } from '../context';
import { nameOf } from '../labels';
import type { Conversation } from '../types';
import { zh } from '../zh';
import { Actions } from './Actions';
import { Composer } from './Composer';
import { Delivery } from './Delivery';
import { Flags } from './QueueList';
import { Transcript } from './Transcript';

const t = zh.talk;

interface Props {
  data: Conversation;
  reload: () => void;
  onAccept: () => Promise<void>;
}

export function TalkPanel({ data, reload, onAccept }: Props) {
  const { queue } = useDesk();
  const { conversation, customer } = data;
  const mine = conversation.owner === 'human' && queue.mine.some((row) => row.conversation_id === conversation.id);
  return (
    <section className="Talk" aria-label={t.log}>
      <header className="Talk-head">
        <h2>{customer?.name ?? zh.queue.guest}</h2>
        <span className="Quiet">{nameOf('channels', conversation.channel)}</span>
        <Flags codes={conversation.flags} mood={conversation.mood} />
        <span className="Talk-actions">{mine && <Actions data={data} reload={reload} />}</span>
      </header>
      {data.summary && <Alert className="Talk-summary" role="note" type="info" title={<><strong>{t.summary}：</strong><span className="Pre">{data.summary}</span></>} />}
      {data.delivery && <Delivery delivery={data.delivery} />}
      <Transcript data={data} />
      {mine ? <Composer key={conversation.id} conversation={conversation.id} reload={reload} /> : <NotMine data={data} onAccept={onAccept} />}
    </section>
  );
}

function NotMine({ data, onAccept }: Pick<Props, 'data' | 'onAccept'>) {
  const { owner, agent } = data.conversation;
  return (
    <footer className="Talk-other">
      {owner === 'closed' && <span>{t.closed}</span>}
      {owner === 'human' && <span>{t.withOther(agent ?? '')}</span>}
      {owner === 'queued' && <><span>{t.notYours}</span><Button type="primary" onClick={() => void onAccept()}>{t.accept}</Button></>}
      {owner === 'bot' && <><span>{t.notYours}</span><Button type="primary" onClick={() => void onAccept()}>{t.takeOver}</Button></>}
    </footer>
  );
}
