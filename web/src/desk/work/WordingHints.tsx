import { Button, Tag } from 'antd';
import type { Reviewing } from './useReview';
import { segments } from './spans';
import { zh } from '../zh';

const t = zh.wording;
const COLOURS: Record<string, string> = { block: 'red', rewrite: 'orange', soften: 'orange', need_cite: 'gold', cite: 'gold', warn: 'blue' };

/** What is wrong with the text, where, why, and what may be said instead. */
export function WordingHints({ reviewing, onAdopt }: { reviewing: Reviewing; onAdopt: (text: string) => void }) {
  if (reviewing.state === 'failed') return <p className="Wording Quiet" role="status">{t.failed}</p>;
  if (reviewing.state !== 'done' || !reviewing.review.hits.length) return null;
  const { review, text } = reviewing;
  const verdict = { block: t.block, rewrite: t.rewrite, pass: t.warn }[review.verdict];
  return (
    <div className="Wording" data-verdict={review.verdict} role={review.verdict === 'block' ? 'alert' : 'status'}>
      <p className="Wording-verdict">{verdict}</p>
      <p className="Wording-text">
        {segments(text, review.hits).map((part, index) => (part.hit ? <mark key={index} data-level={part.hit.level}>{part.text}</mark> : part.text))}
      </p>
      <ul>
        {review.hits.map((hit, index) => (
          <li key={index}>
            <Tag color={COLOURS[hit.level] ?? 'default'}>{t.levels[hit.level] ?? hit.level}</Tag>
            “{hit.found}” <span className="Quiet">{hit.rule} {hit.reason}</span>
            {hit.advice && hit.advice !== review.out && <span>{t.instead}：{hit.advice}</span>}
          </li>
        ))}
      </ul>
      {review.out && review.out !== text && (
        <p className="Wording-out">
          <span>{t.instead}：{review.out}</span>
          <Button size="small" type="primary" onClick={() => onAdopt(review.out)}>{t.adopt}</Button>
        </p>
      )}
    </div>
  );
}
