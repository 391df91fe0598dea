import type { PhotoGuideCard } from '../../shared/types';
import { Sign } from '../icons';
import { zh } from '../zh';
import { Panel } from './Panel';

const t = zh.shots;

export function PhotoGuide({ card }: { card: PhotoGuideCard }) {
  const done = card.shots.filter((shot) => shot.done).length;
  return (
    <Panel title={t.title} aside={<span className="Panel-aside">{zh.list.progress(done, card.shots.length)}</span>}>
      <ol className="Items">
        {card.shots.map((shot, index) => (
          <li key={shot.id} data-done={shot.done === true}>
            <span className="Items-box">{shot.done ? <Sign name="check" size={14} /> : index + 1}</span>
            <div>
              <p className="Items-name">
                {shot.name}
                {shot.done ? <span className="Mark Mark--ok">{t.done}</span> : (
                  <span className={`Mark ${shot.required ? 'Mark--must' : 'Mark--may'}`}>{shot.required ? t.required : t.optional}</span>
                )}
              </p>
              {shot.hint && <p className="Items-hint">{shot.hint}</p>}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
