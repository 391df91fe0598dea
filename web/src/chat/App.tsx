import { Button, ConfigProvider } from '@chatui/core';
import { useEffect, useState } from 'react';
import { Banner } from './Banner';
import type { ChatClient } from './client';
import { Composer } from './Composer';
import { Gate } from './Gate';
import { Header } from './Header';
import { ClientContext, useChat, useClient, useTitle, useWakeups } from './hooks';
import { MessageList } from './MessageList';
import { QuickBar } from './QuickBar';
import { largeText, setLargeText } from './session';
import { zh } from './zh';

export function App({ client }: { client: ChatClient }) {
  return (
    <ClientContext.Provider value={client}>
      <Page client={client} />
    </ClientContext.Provider>
  );
}

function Page({ client }: { client: ChatClient }) {
  const { phase, owner, transcript } = useChat();
  const [large, setLarge] = useState(largeText);
  useTitle(transcript.messages, zh.title);
  useWakeups(client, phase === 'ready' && owner === 'queued');
  useEffect(() => {
    setLargeText(large);
    document.documentElement.classList.toggle('large', large);
  }, [large]);
  return (
    <ConfigProvider locale="zh-CN" elderMode={large}>
      <div className="ChatApp" data-elder-mode={large}>
        <Header large={large} onLarge={setLarge} />
        <Banner />
        {phase === 'ready' ? <MessageList /> : <Gate />}
        {phase === 'ready' && (
          <footer className="ChatFooter">
            {owner === 'closed' ? <Ended /> : <><QuickBar /><Composer /></>}
          </footer>
        )}
      </div>
    </ConfigProvider>
  );
}

function Ended() {
  const client = useClient();
  return (
    <div className="Ended" role="status">
      <p>{zh.closedState}</p>
      <Button color="primary" onClick={() => void client.restart()}>{zh.restart}</Button>
    </div>
  );
}
