import type { Hit } from '../types';

export interface Segment {
  text: string;
  hit: Hit | null;
}

/**
 * Cuts a text at its hits. The server counts characters (code points), JavaScript UTF-16 units; spans that overlap or
 * reach beyond the text are cut to what is left.
 */
export function segments(text: string, hits: Hit[]): Segment[] {
  const chars = [...text];
  const out: Segment[] = [];
  let at = 0;
  for (const hit of [...hits].sort((a, b) => a.span[0] - b.span[0])) {
    const start = Math.max(at, Math.min(hit.span[0], chars.length));
    const end = Math.min(hit.span[1], chars.length);
    if (end <= start) continue;
    if (start > at) out.push({ text: chars.slice(at, start).join(''), hit: null });
    out.push({ text: chars.slice(start, end).join(''), hit });
    at = end;
  }
  if (at < chars.length) out.push({ text: chars.slice(at).join(''), hit: null });
  return out;
}
