import { safeStorage } from '../shared/util';
import type { Pending } from './transcript';

export type Chip = string | { label: string; text?: string };

export interface Welcome {
  text: string;
  chips: Chip[];
}

/** The one key to a conversation. It lives as long as the browser tab. */
export interface Session {
  conversation_id: string;
  token: string;
  expires_at: string;
  welcome?: Welcome | null;
  /** Whose JWT opened it; null for a guest. Another customer's page must not show this conversation. */
  sub: string | null;
}

const SESSION = 'claims.session';
const PENDING = 'claims.pending';
const LARGE = 'claims.large';
const tab = safeStorage(() => window.sessionStorage);
const device = safeStorage(() => window.localStorage);

/** The customer a JWT names. Only to tell customers apart; the server alone decides whether it is good. */
export function subjectOf(jwt: string | null): string | null {
  if (!jwt) return null;
  try {
    const part = (jwt.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
    const sub: unknown = (JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown }).sub;
    return typeof sub === 'string' ? sub : jwt;
  } catch {
    return jwt;
  }
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(tab.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    tab.setItem(key, JSON.stringify(value));
  } catch {
    // full: the page goes on without
  }
}

export function loadSession(sub: string | null, now: number = Date.now()): Session | null {
  const session = read<Session>(SESSION);
  if (!session?.token || session.sub !== sub) return null;
  return Date.parse(session.expires_at) > now ? session : null;
}

export function saveSession(session: Session): void {
  write(SESSION, session);
}

export function forgetSession(): void {
  tab.removeItem(SESSION);
  tab.removeItem(PENDING);
}

/** What a reload must not lose: texts and choices that were not sent. A file cannot be kept. */
export function savePending(conversation: string, pending: Pending[]): void {
  const kept = pending.filter((item) => item.kind !== 'image').map((item) => ({ ...item, state: 'waiting' }));
  if (kept.length) write(PENDING, { conversation, pending: kept });
  else tab.removeItem(PENDING);
}

export function loadPending(conversation: string): Pending[] {
  const kept = read<{ conversation: string; pending: Pending[] }>(PENDING);
  return kept?.conversation === conversation ? kept.pending : [];
}

export function largeText(): boolean {
  return device.getItem(LARGE) === '1';
}

export function setLargeText(on: boolean): void {
  if (on) device.setItem(LARGE, '1');
  else device.removeItem(LARGE);
}
