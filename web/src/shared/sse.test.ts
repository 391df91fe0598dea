import { describe, expect, it } from 'vitest';
import { SseParser } from './sse';

const parse = (...pieces: string[]) => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('an event stream', () => {
  it('is read event by event with its ids', () => {
    expect(parse('id: 1\ndata: {"a":1}\n\nid: 2\nevent: owner\ndata: x\n\n')).toEqual([
      { id: '1', event: 'message', data: '{"a":1}' },
      { id: '2', event: 'owner', data: 'x' },
    ]);
  });

  it('may be cut anywhere', () => {
    const whole = 'id: 7\r\ndata: 第一行\r\ndata: 第二行\r\n\r\n: ping\r\n\r\nid: 8\r\ndata: 末\r\n\r\n';
    for (let cut = 0; cut <= whole.length; cut += 1) {
      expect(parse(whole.slice(0, cut), whole.slice(cut))).toEqual([
        { id: '7', event: 'message', data: '第一行\n第二行' },
        { id: '8', event: 'message', data: '末' },
      ]);
    }
    expect(parse(...whole)).toHaveLength(2);
  });

  it('says nothing for comments and events without data, but keeps their id', () => {
    expect(parse(': ping\n\nid: 9\n\ndata: a\n\n')).toEqual([{ id: '9', event: 'message', data: 'a' }]);
  });

  it('takes CR, LF and CRLF as line ends, and one space off the value', () => {
    expect(parse('data:  a\rdata:b\n\r\n')).toEqual([{ id: null, event: 'message', data: ' a\nb' }]);
  });

  it('ignores a byte order mark, a NUL id and an unfinished event', () => {
    expect(parse('\uFEFFid: a\0b\ndata: x\n\ndata: never')).toEqual([{ id: null, event: 'message', data: 'x' }]);
  });

  it('knows how long to wait before a reconnect', () => {
    const parser = new SseParser();
    parser.push('retry: 2500\nretry: soon\n\n');
    expect(parser.retry).toBe(2500);
  });
});
