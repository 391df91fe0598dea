import { describe, expect, it } from 'vitest';
import type { Message } from '../shared/types';
import { EMPTY, awaitsAnswer, change, enqueue, lastSeq, receive, takenChoice, visiblePending, type Pending } from './transcript';

const message = (seq: number, values: Partial<Message> = {}): Message => ({
  seq, from: 'bot', kind: 'text', text: `第${seq}条`, choices: [], data: {}, meta: {}, at: '2026-11-21T06:00:00Z', ...values,
});
const mine = (seq: number, values: Partial<Message> = {}) => message(seq, { from: 'customer', ...values });
const pending = (clientId: string, values: Partial<Pending> = {}): Pending => ({
  clientId, kind: 'text', text: '你好', state: 'sending', after: 0, at: '2026-11-21T06:00:00Z', ...values,
});
const seqs = (messages: Message[]) => messages.map(({ seq }) => seq);

describe('the transcript', () => {
  it('has each message once and in order, however they come', () => {
    const first = receive(EMPTY, [message(2), message(1), message(2)]);
    const then = receive(first, [message(1), message(4), message(3)]);
    expect(seqs(then.messages)).toEqual([1, 2, 3, 4]);
    expect(lastSeq(then)).toBe(4);
    expect(receive(then, [message(3)])).toBe(then);
  });

  it('refuses what has no place in it', () => {
    const odd = [{ ...message(1), seq: Number.NaN }, { ...message(1), seq: 0 }, { ...message(1), seq: 1.5 }];
    expect(receive(EMPTY, odd).messages).toEqual([]);
  });

  it('drops a sent message when its copy comes, whichever is first', () => {
    const answerFirst = change(enqueue(EMPTY, pending('a')), 'a', { state: 'sent', seq: 1 });
    expect(receive(answerFirst, [mine(1)]).pending).toEqual([]);
    const copyFirst = receive(enqueue(EMPTY, pending('a')), [mine(1)]);
    expect(copyFirst.pending).toHaveLength(1);
    expect(visiblePending(copyFirst)).toEqual([]);
    expect(change(copyFirst, 'a', { state: 'sent', seq: 1 }).pending).toEqual([]);
  });

  it('knows its own message by the client id without waiting for the answer', () => {
    const both = enqueue(enqueue(EMPTY, pending('a')), pending('b', { state: 'waiting' }));
    expect(receive(both, [mine(1, { meta: { client_id: 'a' } })]).pending.map((item) => item.clientId)).toEqual(['b']);
  });

  it('does not take an earlier line for the one in flight', () => {
    const known = receive(EMPTY, [mine(1), message(2)]);
    const sending = enqueue(known, pending('a', { after: 2 }));
    expect(visiblePending(sending)).toHaveLength(1);
    expect(visiblePending(receive(sending, [message(3)]))).toHaveLength(1);
  });

  it('never sends the same client id twice', () => {
    expect(enqueue(enqueue(EMPTY, pending('a')), pending('a')).pending).toHaveLength(1);
  });

  it('knows which choice was tapped, also before the server has it', () => {
    const offered = message(3, { kind: 'choices', choices: [{ id: '3-1', label: '是' }, { id: '3-2', label: '否' }] });
    const transcript = receive(EMPTY, [offered]);
    expect(takenChoice(transcript, offered)).toBeNull();
    const tapped = enqueue(transcript, pending('a', { kind: 'choice', choice: '3-2' }));
    expect(takenChoice(tapped, offered)).toBe('3-2');
    expect(takenChoice(change(tapped, 'a', { state: 'failed' }), offered)).toBeNull();
    expect(takenChoice(receive(transcript, [mine(4, { meta: { choice: '3-1' } })]), offered)).toBe('3-1');
  });

  it('awaits an answer until one comes', () => {
    const asked = receive(EMPTY, [mine(1)]);
    expect(awaitsAnswer(asked)).toBe(true);
    expect(awaitsAnswer(receive(asked, [message(2)]))).toBe(false);
    expect(awaitsAnswer(enqueue(EMPTY, pending('a')))).toBe(true);
  });
});
