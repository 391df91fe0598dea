import { expect, it } from 'vitest';
import { besideCard } from './beside';

it('leaves out of the text what the card lists', () => {
  const text = '单方事故，您还需要准备：\n1. 行驶证\n2. 驾驶证：正副页\n以一次性告知清单为准。';
  expect(besideCard(text, { type: 'checklist', items: [] })).toBe('单方事故，您还需要准备：\n以一次性告知清单为准。');
  expect(besideCard(text, undefined)).toBe(text);
  expect(besideCard('编号TS1', { type: 'ticket', no: 'TS1' })).toBe('编号TS1');
  expect(besideCard('状态：定损完成', { type: 'claim_status', claim_no: 'R', status: '定损完成' })).toBe('');
});
