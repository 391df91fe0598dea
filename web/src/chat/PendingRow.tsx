import { Bubble, Button } from '@chatui/core';
import { useClient } from './hooks';
import type { Pending } from './transcript';
import { zh } from './zh';

const STATES = { sending: zh.sending, waiting: zh.waiting, sent: '', confirm: '', failed: '' };

/** What the customer sent, before the server has it. */
export function PendingRow({ item }: { item: Pending }) {
  const state = item.state === 'sending' && item.kind === 'image' && !item.imageId ? zh.imageWait : STATES[item.state];
  return (
    <div className="Message right" data-pending={item.state}>
      <span className="sr-only">{zh.says(zh.me)}</span>
      {item.kind === 'image' ? (
        <div className="Picture">{item.preview ? <img src={item.preview} alt={zh.imageAlt} /> : zh.imageLost}</div>
      ) : (
        <Bubble content={item.text} />
      )}
      {state && <p className="Pending-state">{state}</p>}
      {item.state === 'confirm' && <Advice item={item} />}
      {item.state === 'failed' && <Failure item={item} />}
    </div>
  );
}

function Advice({ item }: { item: Pending }) {
  const client = useClient();
  return (
    <div className="Pending-box" role="alert">
      <p>{zh.imageConfirm}</p>
      <ul>{item.hints?.map((hint) => <li key={hint}>{hint}</li>)}</ul>
      <div className="Pending-actions">
        <Button size="sm" onClick={() => client.discard(item.clientId)}>{zh.retake}</Button>
        <Button size="sm" color="primary" onClick={() => client.resend(item.clientId)}>{zh.sendAnyway}</Button>
      </div>
    </div>
  );
}

function Failure({ item }: { item: Pending }) {
  const client = useClient();
  return (
    <div className="Pending-box" role="alert">
      <p>{item.error || zh.sendFailed}</p>
      <div className="Pending-actions">
        <Button size="sm" onClick={() => client.discard(item.clientId)}>{zh.discard}</Button>
        <Button size="sm" color="primary" onClick={() => client.resend(item.clientId)}>{zh.resend}</Button>
      </div>
    </div>
  );
}
