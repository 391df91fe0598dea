import { agentName } from '../shared/types';
import { findLast } from '../shared/util';
import type { ChatState } from './client';
import { useChat } from './hooks';
import { Sign } from './icons';
import { zh } from './zh';

function whoServes({ phase, owner, position, transcript }: ChatState): string {
  if (phase !== 'ready') return '';
  if (owner === 'closed') return zh.closedState;
  if (owner === 'queued') return position ? zh.queuedAt(position) : zh.queued;
  if (owner === 'bot') return zh.withBot;
  const last = findLast(transcript.messages, (message) => agentName(message) !== '');
  return zh.withAgent(last ? agentName(last) : '');
}

export function Header({ large, onLarge }: { large: boolean; onLarge: (on: boolean) => void }) {
  const state = useChat();
  return (
    <header className="Top">
      <span className="Top-sign" data-owner={state.owner}><Sign name={state.owner === 'human' ? 'headset' : 'bot'} size={22} /></span>
      <div className="Top-text">
        <h1>{zh.title}</h1>
        <p aria-live="polite">{whoServes(state)}</p>
      </div>
      <button type="button" className="Top-btn" aria-pressed={large} title={large ? zh.largeOff : zh.largeOn} onClick={() => onLarge(!large)}>
        {zh.large}
      </button>
    </header>
  );
}
