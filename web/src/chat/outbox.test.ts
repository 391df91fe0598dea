import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, NetworkError } from '../shared/http';
import type { ChatApi, Outgoing } from './api';
import { Outbox } from './outbox';
import { EMPTY, change, enqueue, type Pending, type Transcript } from './transcript';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const text = (clientId: string): Pending => ({ clientId, kind: 'text', text: clientId, state: 'sending', after: 0, at: '' });

/** An outbox whose server answers as told, one answer after the other, then with the next seq. */
function setUp(answers: (Error | null)[], ...items: Pending[]) {
  let transcript: Transcript = items.reduce(enqueue, EMPTY);
  const posted: string[] = [];
  const seqs = new Map<string, number>();
  const told = { closed: 0, gone: 0 };
  const api = {
    post: async (message: Outgoing) => {
      posted.push(message.client_id);
      const answer = answers.shift();
      if (answer) throw answer;
      if (!seqs.has(message.client_id)) seqs.set(message.client_id, seqs.size + 1);
      return { seq: seqs.get(message.client_id) as number };
    },
  } as unknown as ChatApi;
  const outbox = new Outbox(api, {
    next: () => transcript.pending.find((item) => item.state === 'sending' || item.state === 'waiting'),
    change: (id, values) => void (transcript = change(transcript, id, values)),
    onClosed: () => void (told.closed += 1),
    onGone: () => void (told.gone += 1),
  });
  return { outbox, posted, told, states: () => transcript.pending.map(({ state }) => state) };
}

it('sends one after the other, in the order they were written', async () => {
  const { outbox, posted, states } = setUp([], text('a'), text('b'));
  outbox.kick();
  outbox.kick();
  await vi.runAllTimersAsync();
  expect(posted).toEqual(['a', 'b']);
  expect(states()).toEqual(['sent', 'sent']);
});

it('tries again under the same id until the server has it, and keeps the order', async () => {
  const { outbox, posted, states } = setUp([new NetworkError(), new NetworkError(), null], text('a'), text('b'));
  outbox.kick();
  await vi.advanceTimersByTimeAsync(100);
  expect(states()).toEqual(['waiting', 'sending']);
  await vi.runAllTimersAsync();
  expect(posted).toEqual(['a', 'a', 'a', 'b']);
  expect(states()).toEqual(['sent', 'sent']);
});

it('waits as long as a busy server asks for', async () => {
  const { outbox, posted } = setUp([new ApiError(429, 'too_many', '', 7)], text('a'));
  outbox.kick();
  await vi.advanceTimersByTimeAsync(6_900);
  expect(posted).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(posted).toHaveLength(2);
});

it('goes on at once when the network is back', async () => {
  const { outbox, posted } = setUp([new NetworkError()], text('a'));
  outbox.kick();
  await vi.advanceTimersByTimeAsync(10);
  outbox.kick();
  await vi.advanceTimersByTimeAsync(10);
  expect(posted).toHaveLength(2);
});

it('leaves what the server refuses to the customer, and goes on with the rest', async () => {
  const { outbox, posted, states, told } = setUp([new ApiError(422, 'invalid', '不符合要求'), new ApiError(409, 'conflict', '')], text('a'), text('b'), text('c'));
  outbox.kick();
  await vi.runAllTimersAsync();
  expect(posted).toEqual(['a', 'b', 'c']);
  expect(states()).toEqual(['failed', 'failed', 'sent']);
  expect(told).toEqual({ closed: 1, gone: 0 });
});
