import { Button, Input } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { ApiError } from '../../shared/http';
import { isComposing, length } from '../../shared/util';
import { useAct, useDesk, useLoaded } from '../context';
import type { Review } from '../types';
import { zh } from '../zh';
import { changed, loadDraft, saveDraft } from './drafts';
import { FaqSearch } from './FaqSearch';
import { matching, PHRASES } from './phrases';
import { PhraseMenu } from './PhraseMenu';
import { useReview } from './useReview';
import { WordingHints } from './WordingHints';

const t = zh.compose;

export function Composer({ conversation, reload }: { conversation: string; reload: () => void }) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  const [draft, setDraft] = useState(() => loadDraft(conversation));
  const [reviewing, setReview] = useReview(draft.text);
  const [faq, setFaq] = useState(false);
  const [marked, setMarked] = useState(0);
  const [menuShut, setMenuShut] = useState(false);
  const area = useRef<TextAreaRef>(null);
  const own = useLoaded(() => api.phrases().catch(() => PHRASES), 'phrases').data ?? PHRASES;

  const { text } = draft;
  const typed = /^[/／](.{0,12})$/.exec(text)?.[1];
  const offered = typed === undefined || menuShut ? [] : matching(own, typed);
  const blocked = reviewing.state === 'done' && reviewing.text === text && reviewing.review.verdict === 'block';
  const ready = text.trim() !== '' && !blocked && !busy && typed === undefined && length(text) <= t.max;

  const write = (next: string): void => {
    setDraft((old) => changed(old, next));
    setMarked(0);
    if (!/^[/／]/.test(next)) setMenuShut(false);
  };
  useEffect(() => {
    saveDraft(conversation, draft);
  }, [conversation, draft]);
  useEffect(() => {
    area.current?.focus();
  }, []);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (!event.ctrlKey || event.key !== '/' || isComposing(event)) return;
      event.preventDefault();
      setFaq(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const insert = (more: string): void => {
    write(text && typed === undefined ? `${text.trimEnd()}\n${more}` : more);
    area.current?.focus();
  };
  const deliver = async (): Promise<void> => {
    try {
      await api.send(conversation, draft.clientId, text);
    } catch (error) {
      const review = error instanceof ApiError ? (error.body.review as Review | undefined) : undefined;
      if (review) setReview(text, review);
      throw error;
    }
  };
  const send = async (): Promise<void> => {
    if (!ready) return;
    if (await act(deliver)) write('');
    reload();
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (isComposing(event)) return;
    if (offered.length && ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape'].includes(event.key)) {
      event.preventDefault();
      const chosen = offered[Math.min(marked, offered.length - 1)];
      if (event.key === 'Escape') setMenuShut(true);
      else if (event.key === 'ArrowDown') setMarked((marked + 1) % offered.length);
      else if (event.key === 'ArrowUp') setMarked((marked + offered.length - 1) % offered.length);
      else if (chosen) write(chosen.text);
      return;
    }
    if (event.key !== 'Enter' || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void send();
  };
  return (
    <footer className="Reply">
      <WordingHints reviewing={reviewing} onAdopt={write} />
      {offered.length > 0 && <PhraseMenu phrases={offered} marked={marked} onPick={(phrase) => { write(phrase.text); area.current?.focus(); }} />}
      <Input.TextArea
        ref={area}
        value={text}
        autoSize={{ minRows: 3, maxRows: 8 }}
        placeholder={t.place}
        aria-label={t.label}
        status={blocked ? 'error' : ''}
        aria-invalid={blocked}
        aria-controls={offered.length ? 'phrases' : undefined}
        aria-activedescendant={offered.length ? `phrase-${marked}` : undefined}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="Reply-row">
        <Button size="small" onClick={() => { write('/'); setMenuShut(false); area.current?.focus(); }} disabled={text !== ''}>{t.phrases}</Button>
        <Button size="small" onClick={() => setFaq(true)}>{t.faq}</Button>
        <span className="Quiet" aria-live="polite">
          {reviewing.state === 'checking' ? zh.wording.checking : reviewing.state === 'done' && !reviewing.review.hits.length ? zh.wording.pass : ''}
        </span>
        <span className="Quiet Reply-count">{t.count(length(text))}</span>
        <Button type="primary" disabled={!ready} onClick={() => void send()}>{t.send}</Button>
      </div>
      <FaqSearch open={faq} onClose={() => setFaq(false)} onInsert={insert} />
    </footer>
  );
}
