import { Badge, Button, Collapse, Tag } from 'antd';
import { useRef } from 'react';
import { duration, moment } from '../../shared/time';
import { useDesk, useLoaded, useNow } from '../context';
import { colourOf, nameOf } from '../labels';
import { isWatcher, type Row, type Waiting } from '../types';
import { zh } from '../zh';

const t = zh.queue;
const LONG_S = 180;
const VERY_LONG_S = 600;

interface Props {
  current: string;
  onAccept: (id: string) => Promise<void>;
}

export function QueueList({ current, onAccept }: Props) {
  const { queue } = useDesk();
  const next = queue.waiting[0];
  return (
    <nav className="Queue" aria-label={zh.nav.work}>
      <section aria-label={t.waiting}>
        <header>
          <h2>{t.waiting} <Badge count={queue.waiting.length} showZero color={queue.waiting.length ? '#b42318' : '#5d6b7f'} /></h2>
          <Button size="small" type="primary" disabled={!next} onClick={() => next && void onAccept(next.conversation_id)}>{t.next}</Button>
        </header>
        {!queue.waiting.length && <p className="Quiet">{t.empty}</p>}
        <ul>{queue.waiting.map((row) => <WaitingItem key={row.conversation_id} row={row} current={current} onAccept={onAccept} />)}</ul>
      </section>
      <section aria-label={t.mine}>
        <header><h2>{t.mine} <span className="Quiet">{queue.mine.length}</span></h2></header>
        {!queue.mine.length && <p className="Quiet">{t.emptyMine}</p>}
        <ul>{queue.mine.map((row) => <Item key={row.conversation_id} row={row} current={current} />)}</ul>
      </section>
      <Others current={current} onAccept={onAccept} />
    </nav>
  );
}

/** What others have: the bot's, for everybody to take over without being asked; people's, for who may read them. */
function Others({ current, onAccept }: Props) {
  const { queue, api, agent } = useDesk();
  const beat = Math.floor(useNow(10_000) / 10_000); // what the bot has is no news of the queue
  const bot = useLoaded(() => api.withBot(), `bot/${beat}`);
  const people = queue.all?.filter((row) => row.owner === 'human') ?? [];
  const list = (rows: Row[], take?: (id: string) => Promise<void>) => (
    <ul>{rows.map((row) => <Item key={row.conversation_id} row={row} current={current} onTake={take} />)}</ul>
  );
  const all = { key: 'all', label: `${t.all}（${people.length}）`, children: list(people) };
  const withBot = {
    key: 'bot', label: `${t.bot}${bot.data ? `（${bot.data.length}）` : ''}`,
    children: bot.data ? list(bot.data, onAccept) : <p className="Quiet">{bot.error}</p>,
  };
  return <Collapse ghost size="small" items={isWatcher(agent) ? [all, withBot] : [withBot]} />;
}

/** The tags of a row: why it came, what is flagged, how the customer feels; each once. */
export function Flags({ codes, mood }: { codes: string[]; mood?: string | null }) {
  const strong = mood && mood !== 'calm' && mood !== 'neutral' ? mood : null;
  return (
    <>
      {[...new Set(codes)].map((code) => (
        <Tag key={code} color={colourOf(code)}>{nameOf('flags', code) === code ? nameOf('reasons', code) : nameOf('flags', code)}</Tag>
      ))}
      {strong && <Tag color={colourOf(strong)}>{nameOf('moods', strong)}</Tag>}
    </>
  );
}

/** Seconds waited now, counted on from what the server last said. */
function useWaited(row: Waiting): number {
  const now = useNow();
  const said = useRef({ seconds: -1, at: 0 });
  if (said.current.seconds !== row.waited_seconds) said.current = { seconds: row.waited_seconds, at: Date.now() };
  return row.waited_seconds + Math.max(0, Math.floor((now - said.current.at) / 1000));
}

function WaitingItem({ row, current, onAccept }: Props & { row: Waiting }) {
  const waited = useWaited(row);
  const level = waited > VERY_LONG_S ? 'red' : waited > LONG_S ? 'gold' : 'default';
  return (
    <li className="Item" data-current={row.conversation_id === current} data-urgent={row.priority >= 80}>
      <a href={`#/work/${row.conversation_id}`} aria-current={row.conversation_id === current ? 'true' : undefined}>
        <strong>{row.customer ?? t.guest}</strong>
        <span className="Quiet">{nameOf('channels', row.channel)}</span>
        <span className="Item-tags">
          <Flags codes={[row.reason, ...row.flags]} mood={row.mood} />
          {row.first && <Tag color="gold">{zh.risk.title}</Tag>}
          <Tag color={level}>{t.waited(duration(waited))}</Tag>
          {row.wanted_role && <Tag>{t.wants(nameOf('roles', row.wanted_role))}</Tag>}
        </span>
        {row.summary && <span className="Item-text">{row.summary}</span>}
      </a>
      <Button size="small" onClick={() => void onAccept(row.conversation_id)} aria-label={`${t.accept} ${row.customer ?? t.guest}`}>{t.accept}</Button>
    </li>
  );
}

function Item({ row, current, onTake }: { row: Row; current: string; onTake?: ((id: string) => Promise<void>) | undefined }) {
  const { unread } = useDesk();
  const fresh = unread.has(row.conversation_id);
  return (
    <li className="Item" data-current={row.conversation_id === current}>
      <a href={`#/work/${row.conversation_id}`} aria-current={row.conversation_id === current ? 'true' : undefined}>
        <strong>{row.customer ?? t.guest}</strong>
        {fresh && <Badge status="error" text={<span className="Item-new">{t.unread}</span>} />}
        <span className="Quiet">{moment(row.active_at)}</span>
        <span className="Item-tags">
          <Flags codes={row.flags} mood={row.mood} />
          {row.agent && row.owner === 'human' && <span className="Quiet">{t.heldBy(row.agent)}</span>}
        </span>
      </a>
      {onTake && <Button size="small" onClick={() => void onTake(row.conversation_id)} aria-label={`${t.take} ${row.customer ?? t.guest}`}>{t.take}</Button>}
    </li>
  );
}
