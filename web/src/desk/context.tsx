import { App as AntApp } from 'antd';
import { createContext, useCallback, useContext, useEffect, useState } from 'react';
import { ApiError } from '../shared/http';
import type { DeskApi } from './api';
import type { Agent, Queue, Review } from './types';
import { zh } from './zh';

export interface Desk {
  api: DeskApi;
  agent: Agent;
  queue: Queue;
  /** Grows with every event: what is shown may have changed. */
  pulse: number;
  linkDown: boolean;
  sound: boolean;
  unread: ReadonlySet<string>;
  markRead(id: string): void;
  setSound(on: boolean): void;
  refresh(): void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('outside the desk');
  return desk;
}

/** The sentence to show for an error: the server's own, or one for no network. */
export function sentenceFor(error: unknown): string {
  if (!(error instanceof ApiError)) return zh.network;
  if (error.code === 'already_taken' && typeof error.body.agent === 'string') return zh.queue.takenBy(error.body.agent);
  const hits = error.code === 'wording' ? (error.body.review as Review | undefined)?.hits ?? [] : [];
  const reasons = [...new Set(hits.map((hit) => hit.reason))].join('；');
  return (error.message || zh.failed) + (reasons && `（${reasons}）`);
}

/** Runs an action, says what went wrong, and tells whether it was done. */
export function useAct(): { busy: boolean; act: (work: () => Promise<unknown>, done?: string) => Promise<boolean> } {
  const { message } = AntApp.useApp();
  const [busy, setBusy] = useState(false);
  const act = useCallback(async (work: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setBusy(true);
    try {
      await work();
      if (done) message.success(done);
      return true;
    } catch (error) {
      message.error(sentenceFor(error), 5);
      return false;
    } finally {
      setBusy(false);
    }
  }, [message]);
  return { busy, act };
}

export interface Loaded<T> {
  data: T | null;
  error: string;
  reload(): void;
}

/**
 * What a call gives, asked again when `key` changes; late answers to earlier keys are dropped, old data stays meanwhile.
 * What one may not see any more does not stay.
 */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: string }>({ data: null, error: '' });
  const [again, setAgain] = useState(0);
  useEffect(() => {
    let late = false;
    load().then(
      (data) => !late && setState({ data, error: '' }),
      (error: unknown) => {
        if (late) return;
        const absent = error instanceof ApiError && (error.status === 404 || error.status === 405);
        const forbidden = error instanceof ApiError && error.status === 403;
        setState((old) => ({ data: forbidden ? null : old.data, error: absent ? zh.absent : sentenceFor(error) }));
      },
    );
    return () => {
      late = true;
    };
    // not on `load`: it is a new function at every rendering, and the key says when it matters
  }, [key, again]);
  return { ...state, reload: useCallback(() => setAgain((n) => n + 1), []) };
}

/** For a dialog: what had the focus when it opened has it again when it is gone. */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(() => () => {
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  }, [before]);
}

/** The time, every second, for waiting times and clocks. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
