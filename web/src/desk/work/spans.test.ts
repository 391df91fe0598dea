import { describe, expect, it } from 'vitest';
import type { Hit } from '../types';
import { segments } from './spans';

const hit = (start: number, end: number): Hit => ({ rule: 'B07', span: [start, end], found: '', level: 'block', reason: '', advice: '' });
const texts = (text: string, ...hits: Hit[]) => segments(text, hits).map((part) => (part.hit ? `[${part.text}]` : part.text)).join('');

describe('highlighting', () => {
  it('marks each hit where the server found it', () => {
    expect(texts('我保证三天到账', hit(1, 5))).toBe('我[保证三天]到账');
    expect(texts('没有问题')).toBe('没有问题');
  });

  it('counts characters as the server does', () => {
    expect(texts('😀保证𠮷到账', hit(1, 3))).toBe('😀[保证]𠮷到账');
  });

  it('never loses or doubles text, whatever the spans are', () => {
    expect(texts('甲乙丙丁', hit(2, 9), hit(0, 3), hit(3, 3), hit(7, 8))).toBe('[甲乙丙][丁]');
  });
});
