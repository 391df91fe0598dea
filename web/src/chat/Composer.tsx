import { useEffect, useId, useLayoutEffect, useRef, useState, type ChangeEvent, type ClipboardEvent, type KeyboardEvent } from 'react';
import { isComposing, length, safeStorage } from '../shared/util';
import { useChat, useClient } from './hooks';
import { Sign } from './icons';
import { zh } from './zh';

const MAX = 500;
const DRAFT = 'claims.draft';
const storage = safeStorage(() => window.sessionStorage);

export function Composer() {
  const { owner } = useChat();
  const client = useClient();
  const [text, setText] = useState(() => storage.getItem(DRAFT) ?? '');
  const area = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  const over = length(text.trim()) - MAX;
  const ready = text.trim() !== '' && over <= 0;

  useEffect(() => {
    storage.setItem(DRAFT, text);
  }, [text]);
  useLayoutEffect(() => {
    const field = area.current;
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  }, [text]);

  const send = (): void => {
    if (!ready) return;
    client.sendText(text);
    setText('');
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent): void => {
    const image = Array.from(event.clipboardData.files).find((file) => file.type.startsWith('image/'));
    if (!image) return;
    event.preventDefault();
    client.sendImage(image);
  };
  return (
    <form className="Compose" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <PhotoButton />
      <div className="Compose-field">
        <textarea
          ref={area}
          rows={1}
          value={text}
          placeholder={owner === 'human' ? zh.fromPerson : zh.input}
          aria-label={zh.inputLabel}
          aria-invalid={over > 0}
          aria-describedby={hintId}
          enterKeyHint="send"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <span id={hintId} className="Compose-hint" data-over={over > 0} aria-live="polite">
          {over > 0 ? zh.tooLong(over) : over > -60 ? zh.left(-over) : ''}
        </span>
      </div>
      <button type="submit" className="Btn Btn--primary Compose-send" disabled={!ready}>{zh.send}</button>
    </form>
  );
}

function PhotoButton() {
  const client = useClient();
  const input = useRef<HTMLInputElement>(null);
  const onChange = (event: ChangeEvent<HTMLInputElement>): void => {
    Array.from(event.target.files ?? []).slice(0, 9).forEach((file) => client.sendImage(file));
    event.target.value = '';
  };
  return (
    <>
      <button type="button" className="Compose-photo" aria-label={zh.photo} title={zh.photo} onClick={() => input.current?.click()}>
        <Sign name="photo" size={24} />
      </button>
      <input ref={input} type="file" accept="image/*" multiple hidden onChange={onChange} aria-hidden="true" tabIndex={-1} />
    </>
  );
}
