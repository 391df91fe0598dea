import type { ChecklistCard } from '../../shared/types';
import { Sign } from '../icons';
import { zh } from '../zh';
import { Panel } from './Panel';

const t = zh.list;

export function Checklist({ card }: { card: ChecklistCard }) {
  const have = card.items.filter((item) => item.have).length;
  return (
    <Panel title={card.title || t.title} aside={have > 0 && <span className="Panel-aside">{t.progress(have, card.items.length)}</span>}>
      <ul className="Items">
        {card.items.map((item) => (
          <li key={item.name} data-done={item.have === true}>
            <span className="Items-box">{item.have && <Sign name="check" size={14} />}</span>
            <div>
              <p className="Items-name">{item.name}<Mark have={item.have} required={item.required} /></p>
              {item.hint && <p className="Items-hint">{item.hint}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Mark({ have, required }: { have: boolean | undefined; required: boolean | undefined }) {
  if (have) return <span className="Mark Mark--ok">{t.have}</span>;
  if (required === undefined) return null;
  return required ? <span className="Mark Mark--must">{t.required}</span> : <span className="Mark Mark--may">{t.optional}</span>;
}
