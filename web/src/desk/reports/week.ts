import { dayOf } from '../../shared/time';

const DAY = 86_400_000;

/** The ISO week (`2026-W47`) that a day in Shanghai belongs to. */
export function weekOf(date: Date): string {
  const [year, month, day] = dayOf(date).split('-').map(Number) as [number, number, number];
  const noon = new Date(Date.UTC(year, month - 1, day));
  const thursday = new Date(noon.getTime() + (4 - (noon.getUTCDay() || 7)) * DAY);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const number = 1 + Math.floor((thursday.getTime() - first) / (7 * DAY));
  return `${thursday.getUTCFullYear()}-W${String(number).padStart(2, '0')}`;
}

/** The Monday of an ISO week, at noon in UTC. */
function mondayOf(week: string): number {
  const [year, number] = week.split('-W').map(Number) as [number, number];
  const fourth = new Date(Date.UTC(year, 0, 4, 12));
  return fourth.getTime() - ((fourth.getUTCDay() || 7) - 1) * DAY + (number - 1) * 7 * DAY;
}

/** The week so many weeks later. */
export function shift(week: string, weeks: number): string {
  return weekOf(new Date(mondayOf(week) + weeks * 7 * DAY));
}
