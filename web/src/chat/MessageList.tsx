import { Typing } from '@chatui/core';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Message } from '../shared/types';
import { Earlier } from './Earlier';
import { headings } from './headings';
import { useChat } from './hooks';
import { Sign } from './icons';
import { MessageRow } from './MessageRow';
import { PendingRow } from './PendingRow';
import { awaitsAnswer, visiblePending } from './transcript';
import { Welcome } from './Welcome';
import { zh } from './zh';

const NEAR_PX = 120;

export function MessageList() {
  const { transcript, owner, link, typingUntil } = useChat();
  const pending = visiblePending(transcript);
  const { scroller, content, unseen, toEnd, leaveEnd, onScroll } = useStickToEnd(transcript.messages, pending.length);
  const [loaded, setLoaded] = useState(false);
  useEffect(() => {
    if (link === 'live') setLoaded(true);
  }, [link]);
  const botTypes = useTyping(awaitsAnswer(transcript) && (owner === 'bot' || owner === 'queued'), transcript.messages.length);
  const agentTypes = useUntil(typingUntil) && owner === 'human';
  return (
    <main className="Messages">
      <div
        className="Messages-scroll"
        ref={scroller}
        onScroll={onScroll}
        role="log"
        aria-label={zh.log}
        aria-live={loaded ? 'polite' : 'off'}
        aria-relevant="additions"
        tabIndex={0}
      >
        <div className="MessageList" ref={content}>
          <Earlier onOpen={leaveEnd} />
          <Welcome />
          {transcript.messages.map((message, index) => (
            <MessageRow key={message.seq} message={message} {...headings(transcript.messages, index)} />
          ))}
          {pending.map((item) => <PendingRow key={item.clientId} item={item} />)}
          {(botTypes || agentTypes) && (
            <div className="Message left" data-testid="typing">
              <Typing text={agentTypes ? zh.typingAgent : zh.typingBot} />
            </div>
          )}
        </div>
      </div>
      {unseen > 0 && (
        <button type="button" className="ToEnd" onClick={toEnd}>
          {zh.newMessages(unseen)}
          <Sign name="down" size={16} />
        </button>
      )}
    </main>
  );
}

/** The typing sign comes a moment after the question and does not stay for ever. */
function useTyping(awaiting: boolean, turn: number): boolean {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    setShown(false);
    if (!awaiting) return;
    const on = setTimeout(() => setShown(true), 250);
    const off = setTimeout(() => setShown(false), 30_000);
    return () => {
      clearTimeout(on);
      clearTimeout(off);
    };
  }, [awaiting, turn]);
  return awaiting && shown;
}

function useUntil(time: number): boolean {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    const left = time - Date.now();
    if (left <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), left + 10);
    return () => clearTimeout(timer);
  }, [time]);
  return time > now;
}

/** Stays at the end while the customer is there; counts what is new while he reads further up. */
function useStickToEnd(messages: Message[], pending: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const count = useRef(messages.length);
  const [unseen, setUnseen] = useState(0);
  const toEnd = (): void => {
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
    atEnd.current = true;
    setUnseen(0);
  };
  const leaveEnd = (): void => {
    atEnd.current = false;
  };
  const onScroll = (): void => {
    const box = scroller.current;
    if (!box) return;
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    if (atEnd.current) setUnseen(0);
  };
  useLayoutEffect(() => {
    const fresh = messages.slice(count.current);
    count.current = messages.length;
    if (atEnd.current || fresh.some((message) => message.from === 'customer')) toEnd();
    else setUnseen((n) => n + fresh.length);
  }, [messages]);
  useLayoutEffect(() => {
    if (pending > 0) toEnd();
  }, [pending]);
  useEffect(() => {
    if (!content.current || !scroller.current || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(() => atEnd.current && toEnd());
    observer.observe(content.current); // pictures load late
    observer.observe(scroller.current); // the keyboard opens
    return () => observer.disconnect();
  }, []);
  return { scroller, content, unseen, toEnd, leaveEnd, onScroll };
}
