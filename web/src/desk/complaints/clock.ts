import { duration, moment, secondsUntil } from '../../shared/time';
import { zh } from '../zh';

export interface Clock {
  text: string;
  colour: 'green' | 'default' | 'gold' | 'red';
}

const WARN_S = 4 * 3600;
const t = zh.complaint;

/** Where a time limit stands: met, running, soon over, over. */
export function clockOf(due: string | null, done: string | null, now: number, warn: number = WARN_S): Clock | null {
  if (!due) return null;
  if (done) return { text: t.doneAt(moment(done, new Date(now))), colour: 'green' };
  const left = secondsUntil(due, now);
  if (left === null) return null;
  if (left < 0) return { text: t.over(duration(-left)), colour: 'red' };
  return { text: t.left(duration(left)), colour: left < warn ? 'gold' : 'default' };
}
