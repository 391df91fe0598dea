/** One event of a `text/event-stream`. */
export interface SseEvent {
  id: string | null;
  event: string;
  data: string;
}

/**
 * Reads an event stream piece by piece, as the HTML standard describes it: pieces may end anywhere, also in the middle
 * of a line, between CR and LF, or in the middle of a character (the caller decodes with `stream: true`).
 */
export class SseParser {
  private buffer = '';
  private data: string[] = [];
  private event = '';
  private lastId: string | null = null;
  private started = false;

  /** The milliseconds the server asked for before a reconnect, if it did. */
  retry: number | null = null;

  push(piece: string): SseEvent[] {
    if (!this.started && piece) {
      this.started = true;
      if (piece.startsWith('\uFEFF')) piece = piece.slice(1);
    }
    this.buffer += piece;
    const events: SseEvent[] = [];
    for (let line = this.takeLine(); line !== null; line = this.takeLine()) {
      const event = this.line(line);
      if (event) events.push(event);
    }
    return events;
  }

  private takeLine(): string | null {
    const end = this.buffer.search(/[\r\n]/);
    if (end < 0) return null;
    const isCr = this.buffer[end] === '\r';
    if (isCr && end === this.buffer.length - 1) return null; // an LF may follow in the next piece
    const line = this.buffer.slice(0, end);
    this.buffer = this.buffer.slice(end + (isCr && this.buffer[end + 1] === '\n' ? 2 : 1));
    return line;
  }

  private line(line: string): SseEvent | null {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }

  private dispatch(): SseEvent | null {
    const { data, event } = this;
    this.data = [];
    this.event = '';
    if (!data.length) return null;
    return { id: this.lastId, event: event || 'message', data: data.join('\n') };
  }
}
