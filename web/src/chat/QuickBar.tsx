import { findLast } from '../shared/util';
import { useChat, useClient } from './hooks';
import { Sign } from './icons';
import type { Chip } from './session';
import { defaultChips, says, zh } from './zh';

const labelOf = (chip: Chip): string => (typeof chip === 'string' ? chip : chip.label);
const textOf = (chip: Chip): string => (typeof chip === 'string' ? chip : chip.text ?? chip.label);

/** The row above the input: a person first, always in the same place, then what customers often ask. */
export function QuickBar() {
  const { owner, welcome, transcript } = useChat();
  const client = useClient();
  const said = findLast(transcript.messages, (message) => message.from === 'bot' && Array.isArray(message.meta?.chips));
  const chips = owner === 'human' ? [] : ((said?.meta.chips as Chip[] | undefined) ?? welcome?.chips ?? defaultChips);
  return (
    <div className="QuickBar" role="group" aria-label={zh.toolbar}>
      {owner === 'bot' && (
        <button type="button" className="QuickReply QuickReply--human" onClick={() => client.sendText(says.human)}>
          <Sign name="headset" size={16} />
          {zh.human}
        </button>
      )}
      {owner === 'queued' && (
        <button type="button" className="QuickReply QuickReply--human" onClick={() => client.sendText(says.cancelQueue)}>
          {zh.cancelQueue}
        </button>
      )}
      <div className="QuickBar-scroll" role="group" aria-label={zh.chips} tabIndex={-1}>
        {chips.filter((chip) => textOf(chip) !== says.human).map((chip) => (
          <button type="button" className="QuickReply" key={labelOf(chip)} onClick={() => client.sendText(textOf(chip))}>
            {labelOf(chip)}
          </button>
        ))}
      </div>
    </div>
  );
}
