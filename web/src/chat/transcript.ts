import type { Message } from '../shared/types';

/** `waiting`: to be sent once the network is back. `confirm`: the picture's checks advise another one. */
export type PendingState = 'sending' | 'waiting' | 'confirm' | 'failed' | 'sent';

/** What the customer sent and the server has not yet given back in the history. */
export interface Pending {
  clientId: string;
  kind: 'text' | 'choice' | 'image';
  text: string;
  choice?: string;
  file?: File;
  preview?: string;
  imageId?: string;
  hints?: string[];
  state: PendingState;
  error?: string;
  seq?: number;
  /** The last message known when it was sent: its own copy in the history can only come behind that. */
  after: number;
  at: string;
}

/** The conversation as this page knows it: the server's messages in order, then what is still on its way. */
export interface Transcript {
  messages: Message[];
  pending: Pending[];
}

export const EMPTY: Transcript = { messages: [], pending: [] };

export function lastSeq(transcript: Transcript): number {
  return transcript.messages[transcript.messages.length - 1]?.seq ?? 0;
}

function isCopyOf(message: Message, pending: Pending): boolean {
  if (message.from !== 'customer') return false;
  return message.meta?.client_id === pending.clientId || (pending.seq !== undefined && message.seq === pending.seq);
}

/** Drops what the history has by now, by seq or by client id. */
function settle(transcript: Transcript): Transcript {
  const pending = transcript.pending.filter((item) => !transcript.messages.some((message) => isCopyOf(message, item)));
  return pending.length === transcript.pending.length ? transcript : { ...transcript, pending };
}

/** Takes in messages from the stream, a poll or both: each seq once, in order, however often and late they come. */
export function receive(transcript: Transcript, incoming: Message[]): Transcript {
  const known = new Set(transcript.messages.map((message) => message.seq));
  const fresh = incoming.filter((message) => {
    if (!Number.isInteger(message.seq) || message.seq < 1 || known.has(message.seq)) return false;
    known.add(message.seq);
    return true;
  });
  if (!fresh.length) return transcript;
  const messages = [...transcript.messages, ...fresh].sort((a, b) => a.seq - b.seq);
  return settle({ ...transcript, messages });
}

export function enqueue(transcript: Transcript, item: Pending): Transcript {
  if (transcript.pending.some((known) => known.clientId === item.clientId)) return transcript;
  return { ...transcript, pending: [...transcript.pending, item] };
}

export function change(transcript: Transcript, clientId: string, values: Partial<Pending>): Transcript {
  const pending = transcript.pending.map((item) => {
    if (item.clientId === clientId) return { ...item, ...values };
    return { ...item, after: Math.max(item.after, values.seq ?? 0) }; // the copy of this one is none of that one's
  });
  return settle({ ...transcript, pending });
}

export function remove(transcript: Transcript, clientId: string): Transcript {
  return { ...transcript, pending: transcript.pending.filter((item) => item.clientId !== clientId) };
}

/**
 * What of the pending is to be shown. The history may bring a message before the answer to its sending does; while one
 * is in flight, a customer's line behind it that no client id names is taken for its copy.
 */
export function visiblePending(transcript: Transcript): Pending[] {
  const flying = transcript.pending.find((item) => item.state === 'sending');
  if (!flying) return transcript.pending;
  const copy = transcript.messages.some(
    (message) => message.from === 'customer' && message.seq > flying.after && !message.meta?.client_id,
  );
  return copy ? transcript.pending.filter((item) => item !== flying) : transcript.pending;
}

/** The choice of this message that was tapped, if one was: in the history, or still on its way. */
export function takenChoice(transcript: Transcript, message: Message): string | null {
  const ids = new Set(message.choices.map((choice) => choice.id));
  const inHistory = transcript.messages.find(
    (other) => other.seq > message.seq && other.from === 'customer' && ids.has(other.meta?.choice ?? ''),
  );
  if (inHistory?.meta.choice) return inHistory.meta.choice;
  return transcript.pending.find((item) => item.state !== 'failed' && ids.has(item.choice ?? ''))?.choice ?? null;
}

/** Whether the customer said something that the assistant has not answered. */
export function awaitsAnswer(transcript: Transcript): boolean {
  if (transcript.pending.some((item) => item.state === 'sending' || item.state === 'sent')) return true;
  return transcript.messages[transcript.messages.length - 1]?.from === 'customer';
}
