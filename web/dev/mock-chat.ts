import type { IncomingMessage } from 'node:http';
import { answer } from './mock-bot.ts';
import { bodyOf, jsonOf, send, type Handler } from './mock.ts';
import { conversations, open, say, type Conversation } from './mock-store.ts';

const images = new Map<string, Buffer>();
const WELCOME = {
  text: '您好，我是车险理赔智能客服。\n可以帮您查理赔进度、报案、了解材料和拍照要求、登记投诉，也可以随时转人工。\n如有人员受伤，请先拨打 120 和 122。',
  chips: ['查理赔进度', '我要报案', '需要哪些材料', '怎么拍照定损', '预约查勘', '我要投诉'],
};
/** `?slow`-like switches for trying the page by hand: POST /api/chat/_mock {"stream": false, "offline": 3000} */
const switches = { stream: true, until: 0 };

function mine(request: IncomingMessage): Conversation | undefined {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  return [...conversations.values()].find((one) => one.token === token);
}

export const chat: Handler = async (request, response, url) => {
  const path = url.pathname.replace('/api/chat', '');
  if (path === '/_mock') {
    const wanted = (await jsonOf(request)) as { stream?: boolean; offline?: number };
    switches.stream = wanted.stream ?? switches.stream;
    switches.until = Date.now() + (wanted.offline ?? 0);
    if (wanted.offline) conversations.forEach((one) => one.listeners.clear());
    return send(response, 200, {});
  }
  if (Date.now() < switches.until) {
    response.destroy();
    return true;
  }
  if (path === '/sessions') {
    const made = open();
    const expires_at = new Date(Date.now() + 86_400_000).toISOString();
    return send(response, 201, { conversation_id: made.id, token: made.token, expires_at, welcome: WELCOME });
  }
  const where = mine(request);
  if (!where) return send(response, 401, { error: 'unauthorized', message: '会话已失效，请重新开始。' });
  if (path === '/messages' && request.method === 'GET') return history(where, response, url);
  if (path === '/messages') return post(where, request, response);
  if (path === '/stream') return stream(where, request, response);
  if (path === '/images') return upload(request, response);
  const image = images.get(path.replace('/images/', ''));
  if (!image) return send(response, 404, { error: 'not_found', message: '没有找到这张照片。' });
  response.writeHead(200, { 'Content-Type': 'image/png' }).end(image);
  return true;
};

const queue = (where: Conversation) => ({ owner: where.owner, position: where.owner === 'queued' ? 2 : null });

const history = async (where: Conversation, response: Parameters<Handler>[1], url: URL): Promise<true> => {
  const after = Number(url.searchParams.get('after'));
  const until = Date.now() + Number(url.searchParams.get('wait')) * 1000;
  while (where.messages.length <= after && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 200));
  return send(response, 200, { messages: where.messages.slice(after), ...queue(where) });
};

const post = async (where: Conversation, request: IncomingMessage, response: Parameters<Handler>[1]): Promise<true> => {
  const body = (await jsonOf(request)) as { client_id: string; text?: string; choice?: string; image_id?: string };
  const known = where.clients.get(body.client_id);
  if (known) return send(response, 200, { seq: known });
  if (where.owner === 'closed') return send(response, 409, { error: 'conflict', message: '本次咨询已结束，请重新开始。' });
  if (body.text === '报错') return send(response, 422, { error: 'invalid', message: '消息内容无法处理，请换个说法。' });
  const label = where.messages.flatMap(({ choices }) => choices).find(({ id }) => id === body.choice)?.label;
  const message = say(where, {
    from: 'customer', kind: body.image_id ? 'image' : 'text', text: body.text ?? label ?? '',
    data: body.image_id ? { image_id: body.image_id } : {},
    meta: body.choice ? { choice: body.choice } : {},
  });
  where.clients.set(body.client_id, message.seq);
  if (where.owner !== 'human') setTimeout(() => answer(where, message), 900);
  await new Promise((resolve) => setTimeout(resolve, 120));
  return send(response, 202, { seq: message.seq });
};

const stream = (where: Conversation, request: IncomingMessage, response: Parameters<Handler>[1]): true => {
  if (!switches.stream) return send(response, 406, { error: 'not_acceptable', message: '' });
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const write = (message: (typeof where.messages)[number]): void => {
    response.write(`id: ${message.seq}\ndata: ${JSON.stringify(message)}\n\n`);
  };
  where.messages.slice(Number(request.headers['last-event-id'] ?? 0)).forEach(write);
  const listener = (message: (typeof where.messages)[number] | null): void => {
    if (message) write(message);
    else response.write(`event: state\ndata: ${JSON.stringify(queue(where))}\n\n`);
  };
  where.listeners.add(listener);
  const ping = setInterval(() => (where.listeners.has(listener) ? response.write(': ping\n\n') : response.destroy()), 1_000);
  request.on('close', () => {
    clearInterval(ping);
    where.listeners.delete(listener);
  });
  return true;
};

const upload = async (request: IncomingMessage, response: Parameters<Handler>[1]): Promise<true> => {
  const body = await bodyOf(request);
  const start = body.indexOf('\r\n\r\n') + 4;
  const id = `img${images.size + 1}`;
  images.set(id, body.subarray(start, body.lastIndexOf('\r\n--')));
  const bad = images.size % 2 === 0;
  return send(response, 201, {
    image_id: id,
    checks: [{ code: 'format', ok: true }, { code: 'sharp', ok: !bad, hint: bad ? '照片有些模糊，请对焦后重拍' : null }],
  });
};
