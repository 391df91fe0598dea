import { useChat, useClient } from './hooks';
import { headings } from './headings';
import { MessageRow } from './MessageRow';
import { zh } from './zh';

/** What the signed-in customer said before, in the app and on WeChat: nothing until he asks for it. */
export function Earlier({ onOpen }: { onOpen: () => void }) {
  const { past } = useChat();
  const client = useClient();
  if (!past) return null;
  const rows = past.messages;
  const more = (): void => {
    onOpen();
    void client.loadPast();
  };
  return (
    <section className="Earlier" aria-label={zh.past.title}>
      {past.before !== null && (
        <button type="button" className="Earlier-more" disabled={past.loading} onClick={more}>
          {rows.length ? zh.past.more : zh.past.open}
        </button>
      )}
      {past.before === null && <p className="Earlier-end">{rows.length ? zh.past.start : zh.past.none}</p>}
      {rows.map((message, index) => (
        <div key={message.seq}>
          {message.channel !== rows[index - 1]?.channel && <p className="Earlier-where">{zh.past.where[message.channel]}</p>}
          <MessageRow message={message} {...headings(rows, index)} />
        </div>
      ))}
      {rows.length > 0 && <p className="Earlier-end">{zh.past.end}</p>}
    </section>
  );
}
