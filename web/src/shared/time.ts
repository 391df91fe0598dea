const ZONE = 'Asia/Shanghai';
const clock = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' });

function parsed(iso: string | null | undefined): Date | null {
  if (!iso || !/^\d{4}-\d{2}-\d{2}/.test(iso)) return null;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `2026-11-21` in Shanghai. */
export function dayOf(date: Date): string {
  return day.format(date);
}

/** A moment for people: 14:05 today, 11-20 14:05 this year. What is no moment is shown as it is. */
export function moment(iso: string | null | undefined, now: Date = new Date()): string {
  const date = parsed(iso);
  if (!date) return iso ?? '';
  if (/^\d{4}-\d{2}-\d{2}$/.test(iso ?? '')) return iso ?? '';
  const [today, then] = [dayOf(now), dayOf(date)];
  if (today === then) return clock.format(date);
  return `${today.slice(0, 4) === then.slice(0, 4) ? then.slice(5) : then} ${clock.format(date)}`;
}

/** A length of time in the two largest units: 3天2小时, 5分20秒. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(total / 86400), '天'],
    [Math.floor((total % 86400) / 3600), '小时'],
    [Math.floor((total % 3600) / 60), '分'],
    [total % 60, '秒'],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return '0秒';
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n}${unit}`).join('');
}

/** Seconds from now to a moment; negative when it has passed. */
export function secondsUntil(iso: string | null | undefined, now: number = Date.now()): number | null {
  const date = parsed(iso);
  return date ? (date.getTime() - now) / 1000 : null;
}
