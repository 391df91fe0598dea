import { useEffect } from 'react';
import { useChat, useClient, useLasting, useOnline } from './hooks';
import { Sign } from './icons';
import { zh } from './zh';

/** One line under the header: the connection, the queue, or why something was not taken. */
export function Banner() {
  const { phase, link, owner, position, notice } = useChat();
  const client = useClient();
  const online = useOnline();
  const down = useLasting(phase === 'ready' && link === 'down', 1_500);
  useEffect(() => {
    if (!notice || phase !== 'ready') return;
    const timer = setTimeout(() => client.clearNotice(), 8_000);
    return () => clearTimeout(timer);
  }, [client, notice, phase]);
  if (!online) return <p className="Banner Banner--warn" role="status">{zh.offline}</p>;
  if (down) return <p className="Banner Banner--warn" role="status">{zh.reconnecting}</p>;
  if (phase === 'ready' && notice) {
    return (
      <p className="Banner Banner--warn" role="alert">
        {notice}
        <button type="button" className="Banner-close" aria-label={zh.close} onClick={() => client.clearNotice()}><Sign name="close" size={16} /></button>
      </p>
    );
  }
  if (phase === 'ready' && owner === 'queued') {
    return <p className="Banner" role="status">{position ? zh.queuedAt(position) : zh.queued}，{zh.queuedHint}</p>;
  }
  return null;
}
