import { ApiError } from '../shared/http';
import { backoff, sleep } from '../shared/util';
import type { ChatApi, Outgoing } from './api';
import type { Pending } from './transcript';
import { zh } from './zh';

export interface OutboxEvents {
  /** The first message that is to be sent now, if any. */
  next(): Pending | undefined;
  change(clientId: string, values: Partial<Pending>): void;
  onClosed(): void;
  onGone(): void;
}

/** Sends what the customer wrote, one after the other, each under its one client id until the server has it. */
export class Outbox {
  private running = false;
  private stopped = false;
  private wake = new AbortController();

  constructor(private readonly api: ChatApi, private readonly events: OutboxEvents) {}

  kick(): void {
    this.wake.abort();
    if (!this.running) void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.wake.abort();
  }

  private async run(): Promise<void> {
    this.running = true;
    let attempt = 0;
    for (let item = this.events.next(); item && !this.stopped; item = this.events.next()) {
      const wait = await this.deliver(item, attempt);
      attempt = wait === null ? 0 : attempt + 1;
      if (wait !== null) await this.pause(wait);
    }
    this.running = false;
  }

  /** Null when there is nothing more to do for this one, or the seconds after which to try again. */
  private async deliver(item: Pending, attempt: number): Promise<number | null> {
    try {
      this.events.change(item.clientId, { state: 'sending' });
      if (item.kind === 'image' && !item.imageId) {
        await this.upload(item);
        return null;
      }
      const { seq } = await this.api.post(outgoing(item));
      this.events.change(item.clientId, { state: 'sent', seq });
      return null;
    } catch (error) {
      return this.refused(item, error, attempt);
    }
  }

  private async upload(item: Pending): Promise<void> {
    if (!item.file) throw new ApiError(400, 'no_file', zh.imageLost);
    const { image_id: imageId, checks } = await this.api.upload(item.file);
    const hints = checks.filter((check) => !check.ok).map((check) => check.hint || zh.imagePoor);
    this.events.change(item.clientId, { imageId, hints, state: hints.length ? 'confirm' : 'sending' });
  }

  private refused(item: Pending, error: unknown, attempt: number): number | null {
    if (!(error instanceof ApiError) || error.status === 429 || error.status >= 500) {
      this.events.change(item.clientId, { state: 'waiting' });
      return error instanceof ApiError && error.retryAfter ? error.retryAfter : backoff(attempt + 1);
    }
    if (error.status === 401) this.events.onGone();
    if (error.status === 409) this.events.onClosed();
    this.events.change(item.clientId, { state: 'failed', error: error.message || zh.sendFailed });
    return null;
  }

  private async pause(seconds: number): Promise<void> {
    this.wake = new AbortController();
    await sleep(seconds * 1000, this.wake.signal);
  }
}

function outgoing(item: Pending): Outgoing {
  if (item.kind === 'choice') return { client_id: item.clientId, choice: item.choice ?? '' };
  if (item.kind === 'image') return { client_id: item.clientId, image_id: item.imageId ?? '' };
  return { client_id: item.clientId, text: item.text };
}
