import { Button, Typing } from '@chatui/core';
import { useChat, useClient } from './hooks';
import { zh } from './zh';

/** What stands in place of the messages while there is no conversation. */
export function Gate() {
  const { phase, notice } = useChat();
  const client = useClient();
  if (phase === 'starting') {
    return <main className="Gate" role="status"><Typing text={zh.starting} /></main>;
  }
  const text = { failed: notice || zh.startFailed, refused: zh.loginRefused, expired: zh.expired }[phase as 'failed'];
  return (
    <main className="Gate" role="alert">
      <p>{text}</p>
      {phase === 'failed' && <Button color="primary" onClick={() => void client.start()}>{zh.retryStart}</Button>}
      {phase === 'refused' && <Button color="primary" onClick={() => void client.restart(true)}>{zh.asGuest}</Button>}
      {phase === 'expired' && <Button color="primary" onClick={() => void client.restart()}>{zh.restart}</Button>}
    </main>
  );
}
