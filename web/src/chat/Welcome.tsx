import { Bubble } from '@chatui/core';
import { Author } from './Author';
import { useChat } from './hooks';

/** The greeting that came with the session. It is shown here only and is no part of the history. */
export function Welcome() {
  const { welcome } = useChat();
  if (!welcome?.text) return null;
  return (
    <div className="Message left">
      <Author from="bot" name="" />
      <Bubble content={welcome.text} />
    </div>
  );
}
