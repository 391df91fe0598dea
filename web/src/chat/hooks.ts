import { createContext, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Message } from '../shared/types';
import type { ChatClient, ChatState } from './client';

export const ClientContext = createContext<ChatClient | null>(null);

export function useClient(): ChatClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error('outside the chat');
  return client;
}

export function useChat(): ChatState {
  const client = useClient();
  return useSyncExternalStore(client.subscribe, client.getState);
}

export function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener('online', changed);
      window.addEventListener('offline', changed);
      return () => {
        window.removeEventListener('online', changed);
        window.removeEventListener('offline', changed);
      };
    },
    () => navigator.onLine,
  );
}

/** True once a condition has held for that long: a blink of the connection is no news. */
export function useLasting(condition: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!condition) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [condition, ms]);
  return condition && lasting;
}

/** Wake the connection when the network or the page comes back, and ask for the queue position while waiting in it. */
export function useWakeups(client: ChatClient, queued: boolean): void {
  useEffect(() => {
    const resume = (): void => {
      if (document.visibilityState === 'visible') client.resume();
    };
    window.addEventListener('online', resume);
    document.addEventListener('visibilitychange', resume);
    return () => {
      window.removeEventListener('online', resume);
      document.removeEventListener('visibilitychange', resume);
    };
  }, [client]);
  useEffect(() => {
    if (!queued) return;
    const timer = setInterval(() => void client.refresh(), 10_000);
    return () => clearInterval(timer);
  }, [client, queued]);
}

/** Says in the title how much was said while the customer looked elsewhere. */
export function useTitle(messages: Message[], title: string): void {
  const seen = useRef(messages.length);
  useEffect(() => {
    const show = (): void => {
      if (document.visibilityState === 'visible') seen.current = messages.length;
      const fresh = messages.slice(seen.current).filter((message) => message.from !== 'customer').length;
      document.title = fresh > 0 ? `(${fresh}) ${title}` : title;
    };
    show();
    document.addEventListener('visibilitychange', show);
    return () => document.removeEventListener('visibilitychange', show);
  }, [messages, title]);
}

/** An authorised picture as an address that `<img>` can show; null while it loads, '' when it cannot be had. */
export function useImage(id: string | undefined): string | null {
  const client = useClient();
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!id || !client.api) return setUrl('');
    let made = '';
    let gone = false;
    client.api
      .image(id)
      .then((blob) => {
        if (gone) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      })
      .catch(() => !gone && setUrl(''));
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [client, id]);
  return url;
}
