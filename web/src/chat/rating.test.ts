import { describe, expect, it } from 'vitest';
import type { Message } from '../shared/types';
import { asAnswer, givenPoints } from './rating';

const NAMES = ['流程便捷性', '沟通效率', '金额合理性'];
const CHOICES = [1, 2, 3, 4, 5].map((n) => ({ id: `9-${n}`, label: `${n}分` }));
const message = (seq: number, values: Partial<Message>): Message => ({
  seq, from: 'customer', kind: 'text', text: '', choices: [], data: {}, meta: {}, at: '', ...values,
});
const card = message(9, { from: 'bot', kind: 'rating', choices: CHOICES });

describe('a rating', () => {
  it('is the tapped choice when nothing is added', () => {
    expect(asAnswer({ points: 4, dims: [null, null, null], comment: ' ' }, CHOICES, NAMES)).toEqual({ choice: CHOICES[3] });
    expect(asAnswer({ points: 5, dims: [], comment: '' }, [...CHOICES].reverse(), NAMES)).toEqual({ choice: CHOICES[4] });
  });

  it('is a line with points first when something is added, or nothing was offered', () => {
    expect(asAnswer({ points: 2, dims: [1, null, 3], comment: '太慢' }, CHOICES, NAMES)).toEqual({
      text: '2分 流程便捷性1分 金额合理性3分 太慢',
    });
    expect(asAnswer({ points: 5, dims: [], comment: '' }, [], NAMES)).toEqual({ text: '5分' });
  });

  it('is known again after a reload', () => {
    expect(givenPoints(card, [card])).toBeNull();
    expect(givenPoints(card, [card, message(10, { meta: { choice: '9-3' }, text: '3分' })])).toBe(3);
    expect(givenPoints(card, [card, message(10, { text: '还有事' }), message(11, { text: '5分 很好' })])).toBe(5);
    expect(givenPoints(card, [message(8, { text: '1分' }), card])).toBeNull();
  });
});
