import type { CardData } from '../../shared/types';
import { Checklist } from './Checklist';
import { ClaimStatus } from './ClaimStatus';
import { PhotoGuide } from './PhotoGuide';
import { Ticket } from './Ticket';

/** A card of a kind that this page does not know is left out: the message's text says the same. */
export function CardView({ card, text }: { card: CardData; text: string }) {
  switch (card.type) {
    case 'claim_status': return <ClaimStatus card={card} text={text} />;
    case 'checklist': return <Checklist card={card} />;
    case 'ticket': return <Ticket card={card} />;
    case 'photo_guide': return <PhotoGuide card={card} />;
    default: return null;
  }
}
