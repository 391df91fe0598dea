/** A random id for a message that is not sent yet. `randomUUID` is missing on pages without TLS. */
export function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The length as the server counts it: characters, not UTF-16 units. */
export function length(text: string): number {
  return [...text].length;
}

/** Whether a key belongs to an input method that is still composing (Safari reports 229 after the composition). */
export function isComposing(event: { nativeEvent: KeyboardEvent } | KeyboardEvent): boolean {
  const native = 'nativeEvent' in event ? event.nativeEvent : event;
  return native.isComposing || native.keyCode === 229;
}

/** Seconds to wait before the nth attempt: 1, 2, 4 … 30, with some spread so that clients do not come in step. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(30, 2 ** Math.max(0, attempt - 1));
  return base * (0.75 + random() * 0.5);
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
  });
}

/** A storage that also works where the browser forbids it (a third-party frame): then it lasts as long as the page. */
export function safeStorage(pick: () => Storage): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    const storage = pick();
    storage.setItem('claims.probe', '1');
    storage.removeItem('claims.probe');
    return storage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}

/** A signal that aborts by itself, or with another (`AbortSignal.timeout` and `any` are missing in older web views). */
export function timeout(ms: number, other?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, ms);
  if (other?.aborted) abort();
  other?.addEventListener('abort', abort, { once: true });
  controller.signal.addEventListener('abort', () => {
    clearTimeout(timer);
    other?.removeEventListener('abort', abort);
  });
  return controller.signal;
}

/** The last of a list that fits. */
export function findLast<T>(items: readonly T[], fits: (item: T) => boolean): T | undefined {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const item = items[index];
    if (item !== undefined && fits(item)) return item;
  }
  return undefined;
}
