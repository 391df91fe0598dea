import { useEffect, useState } from 'react';
import { useDesk } from '../context';
import type { Review } from '../types';

export type Reviewing = { state: 'idle' | 'checking' | 'failed' } | { state: 'done'; text: string; review: Review };

const PAUSE_MS = 300;

/** The review of what is being written, a moment after the last key. Only the review of the present text counts. */
export function useReview(text: string): [Reviewing, (text: string, review: Review) => void] {
  const { api } = useDesk();
  const [reviewing, setReviewing] = useState<Reviewing>({ state: 'idle' });
  useEffect(() => {
    if (!text.trim()) return setReviewing({ state: 'idle' });
    let late = false;
    setReviewing((old) => (old.state === 'done' && old.text === text ? old : { state: 'checking' }));
    const timer = setTimeout(() => {
      api.review(text).then(
        (review) => !late && setReviewing({ state: 'done', text, review }),
        () => !late && setReviewing((old) => (old.state === 'done' && old.text === text ? old : { state: 'failed' })), // unless a sending told
      );
    }, PAUSE_MS);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [api, text]);
  return [reviewing, (reviewed, review) => setReviewing({ state: 'done', text: reviewed, review })];
}
