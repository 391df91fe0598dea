import type { Queue } from './types';

let audio: AudioContext | null = null;

/** A short tone, made here: no file to load. Urgent ones are two tones. */
export function beep(urgent: boolean): void {
  try {
    audio ??= new AudioContext();
    for (let n = 0; n < (urgent ? 2 : 1); n += 1) {
      const [tone, gain] = [audio.createOscillator(), audio.createGain()];
      const start = audio.currentTime + n * 0.22;
      tone.frequency.value = urgent ? 880 : 660;
      gain.gain.setValueAtTime(0.15, start);
      gain.gain.exponentialRampToValueAtTime(0.001, start + 0.18);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.2);
    }
  } catch {
    // no sound device: the title and the list say it too
  }
}

export const URGENT = 70; // a complaint and everything above it

/** What of a queue is news. The waiting time grows by itself and is counted here. */
export function signature(queue: Queue): string {
  return JSON.stringify(queue, (key, value: unknown) => (key === 'waited_seconds' ? undefined : value));
}

export interface News {
  /** Somebody new in the queue, and whether one of them is urgent. */
  waiting: boolean;
  urgent: boolean;
  /** My conversations in which something was said since. */
  spoken: string[];
}

/** What is new between two looks at the queue. The first look is no news. */
export function newsBetween(before: Queue | null, after: Queue): News {
  if (!before) return { waiting: false, urgent: false, spoken: [] };
  const known = new Set(before.waiting.map((row) => row.conversation_id));
  const fresh = after.waiting.filter((row) => !known.has(row.conversation_id));
  const heard = new Map(before.mine.map((row) => [row.conversation_id, row.active_at]));
  const spoken = after.mine.filter((row) => heard.has(row.conversation_id) && heard.get(row.conversation_id) !== row.active_at);
  return {
    waiting: fresh.length > 0, urgent: fresh.some((row) => row.priority >= URGENT), spoken: spoken.map((row) => row.conversation_id),
  };
}
