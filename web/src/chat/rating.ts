import type { Choice, Message } from '../shared/types';

export interface Score {
  points: number;
  dims: (number | null)[];
  comment: string;
}

/** What a rating is sent as: the choice's id where that says it all, else a line that starts with the points. */
export function asAnswer(score: Score, choices: Choice[], names: readonly string[]): { choice: Choice } | { text: string } {
  const comment = score.comment.trim();
  const dims = score.dims.flatMap((points, index) => (points ? [`${names[index] ?? ''}${points}分`] : []));
  const choice = choices.length === 5 ? choiceFor(choices, score.points) : undefined;
  if (choice && !comment && !dims.length) return { choice };
  return { text: [`${score.points}分`, ...dims, comment].filter(Boolean).join(' ') };
}

/** The choice that stands for so many points: the one whose label names the number, else by place. */
function choiceFor(choices: Choice[], points: number): Choice | undefined {
  return choices.find(({ label }) => label.replace(/\D/g, '') === String(points)) ?? choices[points - 1];
}

/** The points already given for this card, as the history has them. */
export function givenPoints(card: Message, messages: Message[]): number | null {
  for (const message of messages) {
    if (message.seq <= card.seq || message.from !== 'customer') continue;
    const index = card.choices.findIndex(({ id }) => id === message.meta?.choice);
    if (index >= 0) return Number(card.choices[index]?.label.replace(/\D/g, '')) || index + 1;
    const said = /^([1-5])\s*分/.exec(message.text);
    if (said) return Number(said[1]);
  }
  const done = card.data.score;
  return typeof done === 'number' ? done : null;
}
