import { Button, Drawer, Input, Spin } from 'antd';
import { useEffect, useState } from 'react';
import { sentenceFor, useDesk } from '../context';
import type { FaqResult } from '../types';
import { zh } from '../zh';

const t = zh.faq;

/** The answer as it is sent: with the document and clause that it rests on. */
export function withCitations(result: FaqResult): string {
  const sources = result.citations
    .map(({ document, clause }) => `《${document.replace(/^《|》$/g, '')}》${clause ?? ''}`)
    .filter((source) => !result.answer.includes(source));
  return sources.length ? `${result.answer.trimEnd()}\n依据：${[...new Set(sources)].join('；')}` : result.answer;
}

interface Props {
  open: boolean;
  onClose: () => void;
  onInsert: (text: string) => void;
}

export function FaqSearch({ open, onClose, onInsert }: Props) {
  const { api } = useDesk();
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<FaqResult[] | null>(null);
  const [error, setError] = useState('');
  useEffect(() => {
    if (!query.trim()) return setFound(null);
    let late = false;
    const timer = setTimeout(() => {
      api.faq(query.trim()).then(
        (results) => !late && (setFound(results), setError('')),
        (failed: unknown) => !late && setError(sentenceFor(failed)),
      );
    }, 250);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [api, query]);
  return (
    <Drawer title={t.title} open={open} onClose={onClose} size={460} destroyOnHidden>
      <Input.Search autoFocus value={query} placeholder={t.place} aria-label={t.place} maxLength={100} onChange={(event) => setQuery(event.target.value)} />
      {error && <p role="alert">{error}</p>}
      {query.trim() && !found && !error && <Spin />}
      {found?.length === 0 && <p className="Quiet">{t.none}</p>}
      <ul className="Faq">
        {found?.map((result) => (
          <li key={result.faq_id}>
            <h3>{result.title}</h3>
            <p className="Pre">{result.answer}</p>
            {result.citations.length > 0 && <p className="Quiet">{t.cite}：{result.citations.map((c) => `${c.document}${c.clause ?? ''}`).join('；')}</p>}
            <Button size="small" onClick={() => { onInsert(withCitations(result)); onClose(); }}>{t.insert}</Button>
          </li>
        ))}
      </ul>
    </Drawer>
  );
}
