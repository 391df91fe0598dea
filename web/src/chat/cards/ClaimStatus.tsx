import { Step, Stepper } from '@chatui/core';
import type { ClaimStatusCard } from '../../shared/types';
import { moment } from '../../shared/time';
import { zh } from '../zh';
import { Facts, Panel } from './Panel';

const t = zh.claim;
const WORDS: Record<string, string> = { done: t.done, current: t.current, now: t.current, todo: t.todo };

/** The progress line, and below it what the assistant says of it; the card's own fields where it says nothing. */
export function ClaimStatus({ card, text }: { card: ClaimStatusCard; text: string }) {
  const steps = card.steps ?? [];
  const current = steps.findIndex(({ state }) => state === 'current' || state === 'now');
  const reached = current >= 0 ? current : steps.filter(({ state }) => state === 'done').length;
  return (
    <Panel title={t.title} aside={<strong className="Mark">{card.status}</strong>}>
      {steps.length > 0 && (
        <Stepper className="ClaimSteps" current={reached} aria-label={t.steps}>
          {steps.map(({ name, state }, index) => (
            <Step
              key={name}
              title={name}
              desc={<span className="sr-only">{WORDS[state] ?? state}</span>}
              aria-current={index === current ? 'step' : undefined}
            />
          ))}
        </Stepper>
      )}
      {text ? <p className="Panel-text">{text}</p> : <Facts
        rows={[
          [t.no, card.claim_no],
          [t.since, moment(card.since)],
          [t.missing, card.missing?.length ? card.missing.join('、') : null],
          [t.next, card.next],
          [t.target, card.target],
          [t.legal, card.legal],
        ]}
      />}
    </Panel>
  );
}
