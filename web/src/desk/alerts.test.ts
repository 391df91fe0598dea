import { describe, expect, it } from 'vitest';
import { newsBetween, signature } from './alerts';
import type { Queue, Row, Waiting } from './types';

const row = (id: string, active_at = '1'): Row => ({
  conversation_id: id, channel: 'app', owner: 'human', mood: null, flags: [], active_at, agent: null, customer: null,
});
const waiting = (id: string, priority = 10): Waiting => ({ ...row(id), reason: 'asked', priority, summary: '', waited_seconds: 0, wanted_role: null });
const queue = (values: Partial<Queue>): Queue => ({ waiting: [], mine: [], ...values });

describe('news at the desk', () => {
  it('is nothing at the first look', () => {
    expect(newsBetween(null, queue({ waiting: [waiting('a', 90)] }))).toEqual({ waiting: false, urgent: false, spoken: [] });
  });

  it('is who came into the queue, urgent or not', () => {
    const before = queue({ waiting: [waiting('a')] });
    expect(newsBetween(before, queue({ waiting: [waiting('a'), waiting('b')] }))).toMatchObject({ waiting: true, urgent: false });
    expect(newsBetween(before, queue({ waiting: [waiting('c', 90)] }))).toMatchObject({ waiting: true, urgent: true });
    expect(newsBetween(before, queue({}))).toMatchObject({ waiting: false });
  });

  it('is not that the same people waited longer', () => {
    const later = { ...waiting('a'), waited_seconds: 9 };
    expect(signature(queue({ waiting: [later] }))).toBe(signature(queue({ waiting: [waiting('a')] })));
    expect(signature(queue({ waiting: [waiting('b')] }))).not.toBe(signature(queue({ waiting: [waiting('a')] })));
  });

  it('is what was said in my conversations, not that I took one', () => {
    const before = queue({ mine: [row('a', '1'), row('b', '1')] });
    expect(newsBetween(before, queue({ mine: [row('a', '2'), row('b', '1'), row('c', '9')] })).spoken).toEqual(['a']);
  });
});
