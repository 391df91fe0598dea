import type { Message } from '../shared/types';
import { useChat, useClient } from './hooks';
import { takenChoice } from './transcript';
import { zh } from './zh';

/** The answers on offer. Once one is tapped, none can be tapped again. After the end only the system's may be. */
export function Choices({ message }: { message: Message }) {
  const { transcript, owner } = useChat();
  const client = useClient();
  const taken = takenChoice(transcript, message);
  return (
    <div className="Choices" role="group" aria-label={zh.chooseLabel}>
      {message.choices.map(({ id, label }) => (
        <button
          type="button"
          key={id}
          className="Choice"
          data-taken={taken === id}
          aria-pressed={taken === id}
          disabled={taken !== null || (owner === 'closed' && message.from !== 'system')}
          onClick={() => client.sendChoice(id, label)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
