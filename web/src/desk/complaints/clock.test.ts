import { expect, it } from 'vitest';
import { clockOf } from './clock';

const now = Date.parse('2026-11-21T10:00:00+08:00');

it('says how much of a time limit is left', () => {
  expect(clockOf('2026-11-22T10:00:00+08:00', null, now)).toEqual({ text: '剩 1天', colour: 'default' });
  expect(clockOf('2026-11-21T11:30:00+08:00', null, now)).toEqual({ text: '剩 1小时30分', colour: 'gold' });
  expect(clockOf('2026-11-21T09:00:00+08:00', null, now)).toEqual({ text: '超 1小时', colour: 'red' });
  expect(clockOf('2026-11-21T09:00:00+08:00', '2026-11-21T08:00:00+08:00', now)).toEqual({ text: '已于 08:00 完成', colour: 'green' });
  expect(clockOf(null, null, now)).toBeNull();
});
