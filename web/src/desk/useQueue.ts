import { useCallback, useEffect, useRef, useState } from 'react';
import { beep, newsBetween, signature } from './alerts';
import type { DeskApi } from './api';
import type { Queue } from './types';
import { zh } from './zh';

const EMPTY: Queue = { waiting: [], mine: [] };
const RETRY_MS = 3_000;

interface Live {
  queue: Queue;
  pulse: number;
  linkDown: boolean;
  unread: ReadonlySet<string>;
  markRead(id: string): void;
  refresh(): void;
}

/** The queue, kept live by the desk's event stream, with sound and a badge in the title for what is new. */
export function useQueue(api: DeskApi, sound: boolean): Live {
  const [queue, setQueue] = useState<Queue>(EMPTY);
  const [pulse, setPulse] = useState(0);
  const [linkDown, setLinkDown] = useState(false);
  const [unread, setUnread] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<Queue | null>(null);
  const loud = useRef(sound);
  loud.current = sound;

  const take = useCallback((next: Queue) => {
    const same = last.current !== null && signature(last.current) === signature(next);
    const news = newsBetween(last.current, next);
    last.current = next;
    setQueue(next);
    if (!same) setPulse((n) => n + 1);
    if (news.spoken.length) setUnread((old) => new Set([...old, ...news.spoken]));
    if (loud.current && (news.waiting || (news.spoken.length && document.hidden))) beep(news.urgent);
  }, []);
  const refresh = useCallback(() => {
    setPulse((n) => n + 1);
    api.queue().then(take, () => undefined);
  }, [api, take]);
  const markRead = useCallback((id: string) => {
    setUnread((old) => (old.has(id) ? new Set([...old].filter((one) => one !== id)) : old));
  }, []);

  useEffect(() => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = (): void => {
      source = api.events();
      source.onopen = () => setLinkDown(false);
      source.addEventListener('queue', (event: MessageEvent<string>) => take(JSON.parse(event.data) as Queue));
      source.addEventListener('message', () => setPulse((n) => n + 1));
      source.addEventListener('ended', () => again(0));
      source.onerror = () => again(RETRY_MS);
    };
    const again = (ms: number): void => {
      source?.close();
      setLinkDown(true);
      clearTimeout(timer);
      timer = setTimeout(() => {
        api.queue().then(take, () => undefined); // tells whether the session is over (401) or only the connection
        open();
      }, ms);
    };
    refresh();
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [api, refresh, take]);

  const badge = queue.waiting.length + unread.size;
  useEffect(() => {
    document.title = badge ? `(${badge}) ${zh.title}` : zh.title;
  }, [badge]);
  return { queue, pulse, linkDown, unread, markRead, refresh };
}
