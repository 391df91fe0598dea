/** The chat API's messages, as `contract.md` gives them. The desk reads the same ones. */

export type Owner = 'bot' | 'queued' | 'human' | 'closed';
export type From = 'customer' | 'bot' | 'agent' | 'system';
export type Kind = 'text' | 'choices' | 'image' | 'card' | 'rating';

export interface Choice {
  id: string;
  label: string;
}

export interface StatusStep {
  name: string;
  state: 'done' | 'current' | 'todo' | string;
}

export interface ClaimStatusCard {
  type: 'claim_status';
  claim_no: string;
  status: string;
  steps?: StatusStep[];
  since?: string | null;
  missing?: string[];
  next?: string | null;
  target?: string | null;
  legal?: string | null;
}

export interface ChecklistCard {
  type: 'checklist';
  title?: string;
  items: { name: string; required?: boolean; hint?: string | null; have?: boolean }[];
}

export interface TicketCard {
  type: 'ticket';
  no: string;
  category?: string | null;
  feedback_by?: string | null;
  legal?: string | null;
}

export interface PhotoGuideCard {
  type: 'photo_guide';
  shots: { id: string; name: string; hint?: string | null; required?: boolean; done?: boolean }[];
}

export type CardData = ClaimStatusCard | ChecklistCard | TicketCard | PhotoGuideCard;

export interface MessageMeta {
  route?: string;
  faq_id?: string;
  citations?: string[];
  agent?: string | { name?: string };
  choice?: string;
  client_id?: string;
  position?: number;
  owner?: Owner;
  [key: string]: unknown;
}

export interface Message {
  seq: number;
  from: From;
  kind: Kind;
  text: string;
  choices: Choice[];
  data: { card?: CardData; image_id?: string; [key: string]: unknown };
  meta: MessageMeta;
  at: string;
}

/** A line of another conversation of the same customer; `seq` is its place among all lines. */
export interface PastMessage extends Message {
  channel: 'app' | 'wechat' | 'wecom';
}

export interface PhotoCheck {
  code: string;
  ok: boolean;
  hint?: string | null;
}

/** The name a person is shown by. It comes from the server's `meta` only, never from what a message says. */
export function agentName(message: Message): string {
  const agent = message.meta?.agent;
  const name = typeof agent === 'string' ? agent : agent?.name;
  return typeof name === 'string' ? name.trim() : '';
}
