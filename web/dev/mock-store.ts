import { randomUUID } from 'node:crypto';
import type { Message, Owner } from '../src/shared/types';

export interface Conversation {
  id: string;
  token: string;
  owner: Owner;
  agent: string | null;
  messages: Message[];
  clients: Map<string, number>;
  listeners: Set<(message: Message | null) => void>;
  since: number;
}

export const conversations = new Map<string, Conversation>();
export const deskListeners = new Set<(event: string, data: unknown) => void>();

export function tellDesk(event: string, data: unknown): void {
  deskListeners.forEach((listener) => listener(event, data));
}

export function open(): Conversation {
  const made: Conversation = {
    id: randomUUID().replace(/-/g, '').slice(0, 24), token: randomUUID(), owner: 'bot', agent: null, messages: [],
    clients: new Map(), listeners: new Set(), since: Date.now(),
  };
  conversations.set(made.id, made);
  return made;
}

export function say(where: Conversation, values: Partial<Message>): Message {
  const seq = where.messages.length + 1;
  const message: Message = {
    seq, from: 'bot', kind: 'text', text: '', data: {}, meta: {}, at: new Date().toISOString(), ...values,
    choices: (values.choices ?? []).map((choice, index) => ({ ...choice, id: `${seq}-${index + 1}` })),
  };
  where.messages.push(message);
  where.listeners.forEach((listener) => listener(message));
  tellDesk('message', { conversation_id: where.id, message });
  return message;
}

export function own(where: Conversation, owner: Owner, agent: string | null = null): void {
  where.owner = owner;
  where.agent = agent;
  where.since = Date.now();
  where.listeners.forEach((listener) => listener(null));
  tellDesk('queue', {});
}
