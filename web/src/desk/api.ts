import { ApiError, request, requestJson } from '../shared/http';
import { timeout } from '../shared/util';
import type {
  Agent, Board, Callback, Colleague, Complaint, ComplaintDetail, Conversation, DeskAgent, FaqResult, Phrase, Queue, Recused, Review, RiskLabel, Row, Scheme, Suggestion, Weekly,
} from './types';

const BASE = '/api/desk';

/** The desk's calls. The cookie is the browser's; the CSRF token is kept here only. */
export class DeskApi {
  private csrf = '';

  constructor(private readonly onLoggedOut: () => void) {}

  private async guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && error.code !== 'login') this.onLoggedOut();
      throw error;
    }
  }

  private get<T>(path: string): Promise<T> {
    return this.guarded(requestJson<T>(BASE + path, { credentials: 'same-origin', signal: timeout(20_000) }));
  }

  private post<T>(path: string, json: unknown = {}): Promise<T> {
    return this.guarded(requestJson<T>(BASE + path, {
      method: 'POST', json, credentials: 'same-origin', headers: { 'X-CSRF-Token': this.csrf }, signal: timeout(20_000),
    }));
  }

  private talk(id: string, rest: string): string {
    return `/conversations/${encodeURIComponent(id)}${rest}`;
  }

  async login(username: string, password: string): Promise<Agent> {
    const { csrf, agent } = await this.post<{ csrf: string; agent: Agent }>('/login', { username, password });
    this.csrf = csrf;
    return agent;
  }

  async me(): Promise<Agent> {
    const { csrf, agent } = await this.get<{ csrf: string; agent: Agent }>('/me');
    this.csrf = csrf;
    return agent;
  }

  logout = (): Promise<unknown> => this.post('/logout');
  queue = (): Promise<Queue> => this.get('/queue');
  events = (): EventSource => new EventSource(`${BASE}/events`);

  conversation = (id: string): Promise<Conversation> => this.get(this.talk(id, ''));
  accept = (id: string): Promise<{ owner: string; epoch: number }> => this.post(this.talk(id, '/accept'));
  send = (id: string, client_id: string, text: string): Promise<{ seq: number }> => this.post(this.talk(id, '/messages'), { client_id, text });
  note = (id: string, text: string): Promise<unknown> => this.post(this.talk(id, '/notes'), { text });
  transfer = (id: string, role: string, note: string): Promise<unknown> => this.post(this.talk(id, '/transfer'), { role, note });
  escalate = (id: string, note: string): Promise<unknown> => this.post(this.talk(id, '/escalate'), { note, reason: note });
  giveBack = (id: string, note: string): Promise<unknown> => this.post(this.talk(id, '/return'), { note });
  close = (id: string, summary: string): Promise<unknown> => this.post(this.talk(id, '/close'), { summary });
  tags = (id: string, tags: string[]): Promise<{ tags: string[] }> => this.post(this.talk(id, '/tags'), { tags });
  reassign = (id: string, agent_id: number, note: string): Promise<unknown> => this.post(this.talk(id, '/reassign'), { agent_id, note });
  reveal = (id: string, field: string, reason: string): Promise<{ value: string }> => this.post(this.talk(id, '/reveal'), { field, reason });

  async image(id: string, image: string): Promise<Blob> {
    const path = BASE + this.talk(id, `/images/${encodeURIComponent(image)}`);
    return (await this.guarded(request(path, { credentials: 'same-origin' }))).blob();
  }

  review = (text: string): Promise<Review> => this.post('/wording/review', { text });
  faq = async (q: string): Promise<FaqResult[]> => (await this.get<{ results: FaqResult[] }>(`/faq?q=${encodeURIComponent(q)}`)).results;
  phrases = async (): Promise<Phrase[]> => (await this.get<{ phrases: Phrase[] }>('/phrases')).phrases;
  withBot = async (): Promise<Row[]> => (await this.get<{ conversations: Row[] }>('/conversations?owner=bot')).conversations;

  complaints = async (): Promise<Complaint[]> => (await this.get<{ complaints: Complaint[] }>('/complaints')).complaints;
  complaint = (no: string): Promise<ComplaintDetail> => this.get(`/complaints/${encodeURIComponent(no)}`);
  register = (body: Record<string, unknown>): Promise<ComplaintDetail | Recused> => this.post('/complaints', body);
  act = (no: string, action: string, body: Record<string, unknown>): Promise<ComplaintDetail | Recused> =>
    this.post(`/complaints/${encodeURIComponent(no)}/${action}`, body);

  callbacks = async (): Promise<Callback[]> => (await this.get<{ callbacks: Callback[] }>('/callbacks')).callbacks;
  callbackDone = (id: number, note: string): Promise<Callback> => this.post(`/callbacks/${id}/done`, { note });
  toFollowUp = async (): Promise<RiskLabel[]> => (await this.get<{ customers: RiskLabel[] }>('/follow-up')).customers;
  followedUp = (id: number, note: string): Promise<RiskLabel> => this.post(`/follow-up/${id}/done`, { note });
  removeRisk = (id: number, reason: string): Promise<RiskLabel> => this.post(`/follow-up/${id}/remove`, { reason });
  suggestions = async (): Promise<Suggestion[]> => (await this.get<{ suggestions: Suggestion[] }>('/suggestions')).suggestions;
  suggest = (body: Record<string, unknown>): Promise<Suggestion> => this.post('/suggestions', body);
  markSuggestion = (id: number, state: string, note: string): Promise<Suggestion> => this.post(`/suggestions/${id}/mark`, { state, note });
  schemes = async (): Promise<Scheme[]> => (await this.get<{ schemes: Scheme[] }>('/schemes')).schemes;
  approveScheme = (body: Record<string, unknown>): Promise<Scheme> => this.post('/schemes', body);
  endScheme = (id: string): Promise<Scheme> => this.post(`/schemes/${encodeURIComponent(id)}/end`);

  colleagues = async (): Promise<Colleague[]> => (await this.get<{ agents: Colleague[] }>('/colleagues')).agents;
  agents = async (): Promise<DeskAgent[]> => (await this.get<{ agents: DeskAgent[] }>('/agents')).agents;
  board = (): Promise<Board> => this.get('/board');
  weekly = (week: string): Promise<Weekly> => this.get(`/reports/weekly?week=${encodeURIComponent(week)}`);
}
