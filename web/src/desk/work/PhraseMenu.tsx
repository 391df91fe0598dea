import { useEffect, useRef } from 'react';
import type { Phrase } from '../types';
import { zh } from '../zh';

interface Props {
  phrases: Phrase[];
  marked: number;
  onPick: (phrase: Phrase) => void;
}

/** What the slash offers. The keys are the text area's; the pointer works too. */
export function PhraseMenu({ phrases, marked, onPick }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[marked]?.scrollIntoView({ block: 'nearest' });
  }, [marked]);
  return (
    <ul className="Phrases" id="phrases" role="listbox" aria-label={zh.compose.phrases} ref={list}>
      {phrases.map((phrase, index) => (
        <li
          key={phrase.key}
          id={`phrase-${index}`}
          role="option"
          aria-selected={index === marked}
          onMouseDown={(event) => { event.preventDefault(); onPick(phrase); }}
        >
          <strong>/{phrase.key} {phrase.title}</strong>
          <span>{phrase.text}</span>
        </li>
      ))}
    </ul>
  );
}
