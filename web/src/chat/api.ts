import { request, requestJson } from '../shared/http';
import type { Message, Owner, PastMessage, PhotoCheck } from '../shared/types';
import { timeout } from '../shared/util';
import type { Session, Welcome } from './session';

const BASE = '/api/chat';

export interface History {
  messages: Message[];
  owner: Owner;
  position?: number | null;
}

export type Outgoing = { client_id: string } & ({ text: string } | { choice: string } | { image_id: string });

export interface Uploaded {
  image_id: string;
  checks: PhotoCheck[];
}

export async function openSession(jwt: string | null): Promise<Omit<Session, 'sub'> & { welcome?: Welcome | null }> {
  return requestJson(`${BASE}/sessions`, {
    method: 'POST', json: {}, signal: timeout(15_000), headers: jwt ? { Authorization: `Bearer ${jwt}` } : {},
  });
}

/** The calls of one conversation. */
export class ChatApi {
  constructor(private readonly token: string) {}

  private headers(more: Record<string, string> = {}): Record<string, string> {
    return { Authorization: `Bearer ${this.token}`, ...more };
  }

  post(message: Outgoing): Promise<{ seq: number }> {
    return requestJson(`${BASE}/messages`, {
      method: 'POST', json: message, headers: this.headers(), signal: timeout(15_000),
    });
  }

  history(after: number, wait: number, signal?: AbortSignal): Promise<History> {
    return requestJson(`${BASE}/messages?after=${after}&wait=${wait}`, {
      headers: this.headers(), signal: timeout((wait + 15) * 1000, signal),
    });
  }

  past(before: number): Promise<{ messages: PastMessage[]; before: number | null }> {
    return requestJson(`${BASE}/history?before=${before}`, { headers: this.headers(), signal: timeout(15_000) });
  }

  stream(after: number, signal: AbortSignal): Promise<Response> {
    return request(`${BASE}/stream`, {
      headers: this.headers({ Accept: 'text/event-stream', 'Last-Event-ID': String(after) }), signal,
    });
  }

  upload(file: File): Promise<Uploaded> {
    const form = new FormData();
    form.append('file', file, 'photo'); // the customer's file name says nothing that is needed
    return requestJson(`${BASE}/images`, {
      method: 'POST', body: form, headers: this.headers(), signal: timeout(60_000),
    });
  }

  async image(id: string): Promise<Blob> {
    const response = await request(`${BASE}/images/${encodeURIComponent(id)}`, { headers: this.headers() });
    return response.blob();
  }
}
