import type { Message, Owner } from '../shared/types';

/** What the desk API gives (see web/API.md). */

export type Role = 'first_line' | 'specialist' | 'supervisor' | 'administrator';

export interface Agent {
  id: number;
  username: string;
  name: string;
  role: Role;
}

export interface Row {
  conversation_id: string;
  channel: string;
  owner: Owner;
  mood: string | null;
  flags: string[];
  active_at: string;
  agent: string | null;
  customer: string | null;
}

export interface Waiting extends Row {
  reason: string;
  priority: number;
  summary: string;
  waited_seconds: number;
  wanted_role: Role | null;
  first?: boolean;
}

/** Why a customer is followed up first; internal, never told to him. */
export interface RiskLabel {
  id: number;
  kind: string;
  subject: string;
  data: { loss?: number; limit?: number };
  at: string;
  followed_up_at: string | null;
  customer?: string | null;
  conversation_id?: string | null;
}

export interface Queue {
  waiting: Waiting[];
  mine: Row[];
  all?: Row[];
}

export interface Policy {
  policy_no: string;
  plate: string;
  valid_from: string;
  valid_to: string;
  coverages: { code: string; limit_yuan?: number; deductible_yuan?: number; deductible_rate?: number }[];
}

export interface Claim {
  claim_no: string;
  plate: string;
  kind: string;
  status: string;
  status_at: string;
  accident_at: string;
  missing_documents: string[];
  injured: boolean;
  events: { status: string; at: string }[];
}

export interface Complaint {
  no: string;
  conversation_id: string;
  claim_no: string | null;
  category: string;
  severity: string;
  level: string;
  state: string;
  flags: string[];
  what_happened: string;
  wanted: string;
  reply_by: string;
  contact: string | null;
  created_at: string;
  first_feedback_due: string;
  first_feedback_at: string | null;
  legal_due: string;
  level_due: string | null;
  closed_at: string | null;
  waiting_since?: string | null;
}

/** A compensation scheme that is on. */
export interface Scheme {
  id: string;
  kind: string;
  name: string;
  legal_reference: string;
  approved_at?: string;
}

export interface Callback {
  id: number;
  conversation_id: string;
  reason: string;
  phone: string | null;
  numbers?: Partial<Record<'contact' | 'phone', string>>;
  summary: string;
  due_at: string;
  created_at: string;
  done_at: string | null;
}

export interface LogLine {
  at: string;
  actor: string;
  action: string;
  text: string;
  data?: Record<string, unknown>;
}

/** A member of staff, to say whom a complaint is about. */
export interface Colleague {
  username: string;
  name: string;
  role?: Role;
}

/** What is left to see for who is complained about: that others have it. */
export interface Recused {
  no: string;
  recused: true;
}

export interface ComplaintDetail extends Complaint {
  log: LogLine[];
  checks?: { code: string; done: boolean; by?: string; at?: string }[];
  schemes?: Scheme[];
  related?: string[];
  legal_limit_days?: number;
  parties?: Colleague[];
}

export interface Stay {
  reason: string;
  state: string;
  flags: string[];
  summary: string;
  requested_at: string;
  accepted_at: string | null;
  ended_at: string | null;
  agent_id: number | null;
  agent?: string | null;
  note: string | null;
}

export interface Note {
  text: string;
  at: string;
  agent_id: number;
  agent?: string;
}

export interface Report {
  no: string;
  type: 'report' | 'appointment';
  [key: string]: unknown;
}

export interface Delivery {
  channel: string;
  left: number;
  of: number;
  kept: number;
  closes_at: string | null;
  can_send: boolean;
  shut: string | null;
  following: boolean;
  bound: boolean;
  announced_at: string | null;
  messages: { seq: number; state: string; error: string | null; via: string | null; attempts: number }[];
}

export interface Conversation {
  delivery?: Delivery | null;
  conversation: Row & { id: string; epoch: number; contact: string | null; tags?: string[]; risk?: RiskLabel[] };
  customer: { key: string; name: string; phone: string | null } | null;
  policies: Policy[];
  claims: Claim[];
  complaints: Complaint[];
  reports: Report[];
  handovers: Stay[];
  notes: Note[];
  collected: Record<string, unknown>;
  summary: string;
  messages: Message[];
  earlier?: { conversation_id: string; at: string; channel: string; summary: string; reason: string }[];
  ratings?: { score: number; comment: string; at: string; agent: string | null }[];
}

export interface Hit {
  rule: string;
  span: [number, number];
  found: string;
  level: string;
  reason: string;
  advice: string;
}

export interface Review {
  verdict: 'pass' | 'rewrite' | 'block';
  out: string;
  hits: Hit[];
}

export interface FaqResult {
  faq_id: string;
  title: string;
  answer: string;
  citations: { id: string; document: string; clause?: string | null }[];
}

export interface Phrase {
  key: string;
  title: string;
  text: string;
}

export interface DeskAgent {
  id: number;
  name: string;
  role: Role;
  online: boolean;
  conversations: number;
}

export interface Board {
  waiting: number;
  longest_wait_seconds: number;
  with_people: number;
  with_bot: number;
  agents: DeskAgent[];
  breaches: { type: string; no: string; text: string; due: string }[];
}

/** What an agent thinks should be done better, and what became of it. */
export interface Suggestion {
  id: number;
  text: string;
  topic: string | null;
  complaint_no: string | null;
  agent: string | null;
  at: string;
  state: string;
  note: string | null;
  decided_by: string | null;
  decided_at: string | null;
}

type Counted<K extends string> = Record<K, string> & { count: number };
type Timing = { count: number; p50_seconds: number; p90_seconds: number };
type Scored = { count: number; average: number };

export interface Weekly {
  week: string;
  from: string;
  to: string;
  volume?: { conversations: number; messages: number; by_day: { day: string; conversations: number; handovers: number }[] };
  topics?: { id: string; title: string; count: number }[];
  self_service?: { conversations: number; self_served: number; rate: number };
  handover_reasons?: Counted<'reason'>[];
  first_response?: Timing & { target_seconds?: number; rate?: number };
  resolution?: Timing;
  targets?: { name: string; total: number; attained: number; rate: number }[];
  complaints?: {
    total: number; by_category: Counted<'category'>[]; by_severity: Counted<'severity'>[]; by_level: Counted<'level'>[];
    first_feedback_rate: number; overdue: number;
  };
  satisfaction?: Scored & { human: Scored; bot: Scored; dimensions: (Scored & { name: string })[]; low: number };
  unanswered?: { text: string; count: number }[];
  wording?: { stops: number; rewrites: number; by_rule: Counted<'rule'>[] };
  suggestions?: { total: number; adopted: number; declined: number; open: number };
}

/** Who follows customers up first. */
export const isSpecialist = (agent: Agent): boolean => agent.role !== 'first_line';

/** Who may watch all conversations, reassign them and read the reports. */
export const isWatcher = (agent: Agent): boolean => agent.role === 'supervisor' || agent.role === 'administrator';
