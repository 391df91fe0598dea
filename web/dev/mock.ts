import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { chat } from './mock-chat.ts';
import { desk } from './mock-desk.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean> | boolean;

const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; " +
  "connect-src 'self'; font-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'none'";

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function jsonOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await bodyOf(request);
  return body.length ? (JSON.parse(body.toString('utf8')) as Record<string, unknown>) : {};
}

export function send(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
  return true;
}

/** Addresses as the gateway has them. The policy is sent for the built pages only: Vite's dev server needs inline scripts. */
function middleware(strict: boolean) {
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (strict) response.setHeader('Content-Security-Policy', CSP);
    if (url.pathname === '/') request.url = '/static/chat.html';
    if (/^\/desk(\/|$)/.test(url.pathname)) request.url = '/static/desk.html';
    const handler = url.pathname.startsWith('/api/chat') ? chat : url.pathname.startsWith('/api/desk') ? desk : null;
    if (!handler) return next();
    void Promise.resolve(handler(request, response, url)).then((done) => done || next(), next);
  };
}

export function mock(): Plugin {
  return {
    name: 'mock-gateway',
    configureServer: (server) => void server.middlewares.use(middleware(false)),
    configurePreviewServer: (server) => void server.middlewares.use(middleware(true)),
  };
}
