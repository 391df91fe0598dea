import { Tag } from 'antd';
import { moment } from '../../shared/time';
import type { CardData } from '../../shared/types';

/** What the customer saw as a card, in one or two lines. */
export function CardLine({ card }: { card: CardData }) {
  switch (card.type) {
    case 'claim_status':
      return <p><Tag color="blue">{card.status}</Tag>{card.claim_no}{card.missing?.length ? `，缺：${card.missing.join('、')}` : ''}</p>;
    case 'checklist':
      return <p>{card.items.map((item) => <Tag key={item.name} color={item.have ? 'green' : 'default'}>{item.have ? '✓ ' : ''}{item.name}</Tag>)}</p>;
    case 'photo_guide':
      return <p>{card.shots.map((shot) => <Tag key={shot.id} color={shot.done ? 'green' : 'default'}>{shot.done ? '✓ ' : ''}{shot.id} {shot.name}</Tag>)}</p>;
    case 'ticket':
      return <p><Tag color="orange">{card.no}</Tag>{card.category}{card.feedback_by ? ` · ${moment(card.feedback_by)}` : ''}</p>;
    default:
      return null;
  }
}
