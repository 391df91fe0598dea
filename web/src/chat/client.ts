import { ApiError } from '../shared/http';
import type { Message, Owner, PastMessage } from '../shared/types';
import { findLast, uuid } from '../shared/util';
import { ChatApi, openSession, type History } from './api';
import { Link, type LinkState } from './link';
import { Outbox } from './outbox';
import { forgetSession, loadPending, loadSession, savePending, saveSession, subjectOf, type Session, type Welcome } from './session';
import { EMPTY, change, enqueue, lastSeq, receive, remove, type Pending, type Transcript } from './transcript';
import { zh } from './zh';

export type Phase = 'starting' | 'ready' | 'failed' | 'refused' | 'expired';

/** Earlier conversations, as far as they were asked for; `before` is null at their beginning. */
export interface Past {
  messages: PastMessage[];
  before: number | null;
  loading: boolean;
}

export interface ChatState {
  phase: Phase;
  transcript: Transcript;
  owner: Owner;
  position: number | null;
  link: LinkState;
  welcome: Welcome | null;
  past: Past | null;
  typingUntil: number;
  notice: string;
}

const INITIAL: ChatState = {
  phase: 'starting', transcript: EMPTY, owner: 'bot', position: null, link: 'connecting', welcome: null, past: null, typingUntil: 0, notice: '',
};
const NO_PAST: Past = { messages: [], before: 0, loading: false };
const MAX_IMAGE = 10 * 1024 * 1024;

/** One customer's chat: its session, what comes, what goes. Components read its state and call its verbs. */
export class ChatClient {
  private state: ChatState = INITIAL;
  private readonly listeners = new Set<() => void>();
  private jwt: string | null = null;
  private session: Session | null = null;
  private link: Link | null = null;
  private outbox: Outbox | null = null;
  private attempt = 0;
  api: ChatApi | null = null;

  getState = (): ChatState => this.state;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private set(values: Partial<ChatState>): void {
    this.state = { ...this.state, ...values };
    this.listeners.forEach((listener) => listener());
  }

  private edit(transcript: Transcript): void {
    if (transcript === this.state.transcript) return;
    this.set({ transcript });
    if (this.session) savePending(this.session.conversation_id, transcript.pending);
  }

  /** Begin, or go on with what this tab had. Another customer's JWT begins anew. */
  async start(jwt: string | null = this.jwt): Promise<void> {
    this.leave();
    this.jwt = jwt;
    this.set(INITIAL);
    const attempt = (this.attempt += 1);
    let session: Session;
    try {
      const sub = subjectOf(jwt);
      session = loadSession(sub) ?? { ...(await openSession(jwt)), sub };
    } catch (error) {
      if (attempt !== this.attempt) return;
      const refused = error instanceof ApiError && error.status === 401 && jwt !== null;
      return this.set({ phase: refused ? 'refused' : 'failed', notice: error instanceof ApiError ? error.message : '' });
    }
    if (attempt !== this.attempt) return; // begun again meanwhile, for somebody else
    this.session = session;
    saveSession(session);
    this.enter(session);
  }

  private enter(session: Session): void {
    const pending = loadPending(session.conversation_id);
    this.set({ phase: 'ready', welcome: session.welcome ?? null, past: session.sub === null ? null : NO_PAST, transcript: { messages: [], pending } });
    this.api = new ChatApi(session.token);
    this.link = new Link(this.api, {
      lastSeq: () => lastSeq(this.state.transcript),
      onHistory: (history) => this.onHistory(history),
      onMessage: (message) => this.onMessage(message),
      onOwner: (owner, position) => this.set({ owner, position }),
      onTyping: () => this.set({ typingUntil: Date.now() + 6_000 }),
      onState: (link) => this.onLink(link),
      onGone: () => this.expire(),
    });
    this.outbox = new Outbox(this.api, {
      next: () => this.state.transcript.pending.find((item) => item.state === 'sending' || item.state === 'waiting'),
      change: (id, values) => this.edit(change(this.state.transcript, id, values)),
      onClosed: () => this.set({ owner: 'closed' }),
      onGone: () => this.expire(),
    });
    this.link.start();
    if (pending.length) this.outbox.kick();
  }

  private leave(): void {
    this.link?.stop();
    this.outbox?.stop();
    this.link = this.outbox = this.api = this.session = null;
  }

  private expire(): void {
    this.leave();
    forgetSession();
    this.set({ phase: 'expired' });
  }

  /** Leave this conversation and begin another. */
  restart(asGuest = false): Promise<void> {
    this.leave();
    forgetSession();
    return this.start(asGuest ? null : this.jwt);
  }

  /** The network is back, or the page is in front again. */
  resume(): void {
    if (this.state.phase === 'failed') void this.start();
    if (this.state.link !== 'live') this.link?.kick();
    if (this.state.transcript.pending.length) this.outbox?.kick();
  }

  private onLink(link: LinkState): void {
    const back = link === 'live' && this.state.link !== 'live';
    this.set({ link });
    if (back && this.state.transcript.pending.length) this.outbox?.kick();
  }

  private onHistory(history: History): void {
    this.edit(receive(this.state.transcript, history.messages));
    const position = history.position ?? this.positionSaid() ?? null;
    if (history.owner !== this.state.owner || position !== this.state.position) this.set({ owner: history.owner, position });
  }

  private onMessage(message: Message): void {
    this.edit(receive(this.state.transcript, [message]));
    if (message.from === 'agent') this.set({ typingUntil: 0, owner: 'human' });
    if (typeof message.meta?.position === 'number') this.set({ position: message.meta.position });
    if (message.meta?.owner) this.set({ owner: message.meta.owner });
    else if (message.from === 'system' || message.meta?.route === 'human') void this.refresh();
  }

  private positionSaid(): number | undefined {
    return findLast(this.state.transcript.messages, (message) => typeof message.meta?.position === 'number')?.meta.position;
  }

  /** Whose the conversation is, asked for: after a notice, and while the customer waits in the queue. */
  async refresh(): Promise<void> {
    try {
      const history = await this.api?.history(lastSeq(this.state.transcript), 0);
      if (history) this.onHistory(history);
    } catch {
      // the link tells
    }
  }

  /** A page more of what a signed-in customer said before, on any channel. */
  async loadPast(): Promise<void> {
    const { past } = this.state;
    if (!this.api || !past || past.loading || past.before === null) return;
    const api = this.api;
    this.set({ past: { ...past, loading: true } });
    try {
      const page = await api.past(past.before);
      if (api === this.api) this.set({ past: { messages: [...page.messages, ...past.messages], before: page.before, loading: false } });
    } catch {
      if (api === this.api) this.set({ past: { ...past, loading: false }, notice: zh.past.failed });
    }
  }

  private push(values: Pick<Pending, 'kind' | 'text'> & Partial<Pending>): void {
    if (this.state.phase !== 'ready') return;
    const after = lastSeq(this.state.transcript);
    const item: Pending = { clientId: uuid(), state: 'sending', after, at: new Date().toISOString(), ...values };
    this.edit(enqueue(this.state.transcript, item));
    this.outbox?.kick();
  }

  sendText(text: string): void {
    if (text.trim()) this.push({ kind: 'text', text: text.trim() });
  }

  sendChoice(choice: string, label: string): void {
    this.push({ kind: 'choice', text: label, choice });
  }

  sendImage(file: File): void {
    if (file.type && !file.type.startsWith('image/')) return this.set({ notice: zh.imageKind });
    if (file.size > MAX_IMAGE) return this.set({ notice: zh.imageTooBig });
    this.push({ kind: 'image', text: '', file, preview: URL.createObjectURL(file) });
  }

  /** Send again under the same id, or send a picture in spite of its checks. */
  resend(clientId: string): void {
    this.edit(change(this.state.transcript, clientId, { state: 'sending', error: '', hints: [] }));
    this.outbox?.kick();
  }

  discard(clientId: string): void {
    this.edit(remove(this.state.transcript, clientId));
  }

  clearNotice(): void {
    this.set({ notice: '' });
  }
}
