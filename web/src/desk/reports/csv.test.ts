import { describe, expect, it } from 'vitest';
import { safeCell, toCsv } from './csv';

describe('the export', () => {
  it('never lets a text run as a formula', () => {
    for (const text of ['=cmd|calc', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1']) expect(safeCell(text).replace(/^"/, '')).toMatch(/^'/);
    expect(safeCell(-1.5)).toBe('-1.5');
  });

  it('quotes commas, quotes and line breaks', () => {
    expect(safeCell('a,"b"\nc')).toBe('"a,""b""\nc"');
    expect(toCsv([['项目', '数量'], ['时效', 3], [null, Number.NaN]])).toBe('\uFEFF项目,数量\r\n时效,3\r\n,\r\n');
  });
});
