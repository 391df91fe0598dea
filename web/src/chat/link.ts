import { ApiError } from '../shared/http';
import { SseParser } from '../shared/sse';
import type { Message, Owner } from '../shared/types';
import { backoff, sleep } from '../shared/util';
import type { ChatApi, History } from './api';

export type LinkState = 'connecting' | 'live' | 'down';

export interface LinkEvents {
  lastSeq(): number;
  onHistory(history: History): void;
  onMessage(message: Message): void;
  onOwner(owner: Owner, position: number | null): void;
  onTyping(): void;
  onState(state: LinkState): void;
  onGone(): void;
}

const SILENCE_MS = 45_000; // the server pings every 15 s; a longer silence is a dead connection
const POLL_WAIT_S = 20;
const POLLS_BEFORE_STREAM = 3;

class NoStream extends Error {}

/** Keeps a conversation's messages coming: by stream, by long poll where streams do not get through, after any break. */
export class Link {
  private readonly stopped = new AbortController();
  private wake: AbortController = new AbortController();
  private streamFailures = 0;

  constructor(private readonly api: ChatApi, private readonly events: LinkEvents) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopped.abort();
    this.wake.abort();
  }

  /** Try again now: the network came back, or the page came to the front. */
  kick(): void {
    this.wake.abort();
  }

  private async run(): Promise<void> {
    for (let attempt = 0; !this.stopped.signal.aborted; ) {
      try {
        await this.sync();
        attempt = 0;
        await (this.streamFailures < 2 ? this.stream() : this.poll());
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        if (error instanceof ApiError && (error.status === 401 || error.status === 404)) return this.events.onGone();
        attempt += 1;
        this.events.onState('down');
        await this.pause(error instanceof ApiError && error.retryAfter ? error.retryAfter : backoff(attempt));
      }
    }
  }

  private async pause(seconds: number): Promise<void> {
    this.wake = new AbortController();
    await sleep(seconds * 1000, this.wake.signal);
  }

  /** Everything that was missed, and whose the conversation is now. */
  private async sync(): Promise<void> {
    for (let before = -1; before !== this.events.lastSeq(); ) {
      before = this.events.lastSeq();
      this.events.onHistory(await this.api.history(before, 0, this.stopped.signal));
    }
    this.events.onState('live');
  }

  private async poll(): Promise<void> {
    for (let n = 0; n < POLLS_BEFORE_STREAM; n += 1) {
      this.events.onHistory(await this.api.history(this.events.lastSeq(), POLL_WAIT_S, this.stopped.signal));
    }
    this.streamFailures = 1;
  }

  private async stream(): Promise<void> {
    const watch = new AbortController();
    const abort = (): void => watch.abort();
    this.stopped.signal.addEventListener('abort', abort);
    let timer = setTimeout(abort, SILENCE_MS);
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE_MS);
    };
    const began = Date.now();
    try {
      const response = await this.api.stream(this.events.lastSeq(), watch.signal);
      await this.read(response, alive);
    } catch (error) {
      if (error instanceof ApiError && error.status !== 406) throw error;
      this.streamFailures += 1;
      if (!(error instanceof NoStream)) throw error;
    } finally {
      clearTimeout(timer);
      this.stopped.signal.removeEventListener('abort', abort);
    }
    if (Date.now() - began < 2_000) await this.pause(1);
  }

  private async read(response: Response, alive: () => void): Promise<void> {
    const body = response.body;
    if (!body || !response.headers.get('Content-Type')?.startsWith('text/event-stream')) throw new NoStream();
    const [reader, parser, decoder] = [body.getReader(), new SseParser(), new TextDecoder()];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      this.streamFailures = 0;
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.take(event.event, event.data);
    }
  }

  private take(event: string, data: string): void {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return;
    }
    if (event === 'message') this.events.onMessage(value as Message);
    else if (event === 'typing') this.events.onTyping();
    else if (event === 'state') {
      const { owner, position } = value as { owner: Owner; position?: number | null };
      this.events.onOwner(owner, position ?? null);
    }
  }
}
