import { expect, it } from 'vitest';
import { shift, weekOf } from './week';

it('knows the week that a day in Shanghai belongs to', () => {
  expect(weekOf(new Date('2026-11-22T02:00:00Z'))).toBe('2026-W47');
  expect(weekOf(new Date('2026-11-22T17:00:00Z'))).toBe('2026-W48'); // Monday in Shanghai
  expect(weekOf(new Date('2027-01-01T04:00:00Z'))).toBe('2026-W53');
  expect(weekOf(new Date('2024-12-30T04:00:00Z'))).toBe('2025-W01');
});

it('goes from week to week over the end of a year', () => {
  expect(shift('2026-W53', 1)).toBe('2027-W01');
  expect(shift('2027-W01', -1)).toBe('2026-W53');
  expect(shift('2026-W47', -47)).toBe('2025-W52');
});
