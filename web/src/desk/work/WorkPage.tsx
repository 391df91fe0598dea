import { Alert, Empty, Spin } from 'antd';
import { useEffect } from 'react';
import { isComposing } from '../../shared/util';
import { useAct, useDesk, useLoaded } from '../context';
import { SidePanel } from '../side/SidePanel';
import { zh } from '../zh';
import { QueueList } from './QueueList';
import { TalkPanel } from './TalkPanel';

const POLL_MS = 4_000;

export function openTalk(id: string): void {
  window.location.hash = `/work/${encodeURIComponent(id)}`;
}

export function WorkPage({ id }: { id: string }) {
  const desk = useDesk();
  const { act } = useAct();
  const accept = async (one: string): Promise<void> => {
    if (await act(() => desk.api.accept(one))) openTalk(one);
    desk.refresh();
  };
  useShortcuts(id, accept);
  return (
    <div className="Work">
      <QueueList current={id} onAccept={accept} />
      {id ? <Talk key={id} id={id} onAccept={accept} /> : <section className="Work-none"><Empty description={zh.talk.none} /></section>}
    </div>
  );
}

function Talk({ id, onAccept }: { id: string; onAccept: (id: string) => Promise<void> }) {
  const { api, pulse, markRead, unread } = useDesk();
  const { data, error, reload } = useLoaded(() => api.conversation(id), `${id}/${pulse}`);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), POLL_MS);
    return () => clearInterval(timer);
  }, [reload]);
  useEffect(() => {
    if (document.visibilityState === 'visible' && unread.has(id)) markRead(id);
  }, [id, markRead, unread]);
  if (!data) return <section className="Work-none">{error ? <Alert type="warning" title={error} /> : <Spin />}</section>;
  return (
    <>
      <TalkPanel data={data} reload={reload} onAccept={() => onAccept(id)} />
      <SidePanel data={data} reload={reload} />
    </>
  );
}

/** Keys of the desk. A key that belongs to an input method is none of ours. */
function useShortcuts(current: string, accept: (id: string) => Promise<void>): void {
  const { queue } = useDesk();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.altKey || event.ctrlKey || event.metaKey || isComposing(event)) return;
      const mine = queue.mine.map((row) => row.conversation_id);
      const at = mine.indexOf(current);
      let to: string | undefined;
      if (/^Digit[1-9]$/.test(event.code)) to = mine[Number(event.code.slice(5)) - 1];
      else if (event.key === 'ArrowDown') to = mine[Math.min(at + 1, mine.length - 1)];
      else if (event.key === 'ArrowUp') to = mine[Math.max(at - 1, 0)];
      else if (event.code === 'KeyN') {
        event.preventDefault();
        const next = queue.waiting[0];
        if (next) void accept(next.conversation_id);
        return;
      } else return;
      event.preventDefault();
      if (to) openTalk(to);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}
