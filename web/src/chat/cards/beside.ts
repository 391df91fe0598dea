import type { CardData } from '../../shared/types';

const NUMBERED = /^\s*\d+[.、．]\s*/;

/** The part of a message that its card does not say again: a list's numbered lines stand in the card, a status is the card. */
export function besideCard(text: string, card: CardData | undefined): string {
  if (!card) return text;
  if (card.type === 'claim_status') return '';
  if (card.type !== 'checklist' && card.type !== 'photo_guide') return text;
  return text.split('\n').filter((line) => !NUMBERED.test(line)).join('\n').trim();
}
