import { useState } from 'react';
import type { TicketCard } from '../../shared/types';
import { moment } from '../../shared/time';
import { zh } from '../zh';
import { Facts, Panel } from './Panel';

const t = zh.ticket;

export function Ticket({ card }: { card: TicketCard }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(card.no).then(() => setCopied(true)).catch(() => undefined);
  };
  return (
    <Panel title={t.titles[card.no.slice(0, 2)] ?? t.title}>
      <p className="Ticket-no">
        <span>{t.no}</span>
        <strong>{card.no}</strong>
        {typeof navigator.clipboard !== 'undefined' && (
          <button type="button" className="Link" onClick={copy}>{copied ? t.copied : t.copy}</button>
        )}
      </p>
      <Facts rows={[[t.category, card.category], [t.feedback, moment(card.feedback_by)], [t.legal, moment(card.legal)]]} />
    </Panel>
  );
}
