import '@chatui/core/dist/index.css';
import './chat.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { ChatClient } from './client';
import { whenIdentified } from './embedded';

const client = new ChatClient();
whenIdentified((jwt) => void client.start(jwt));

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App client={client} />
  </StrictMode>,
);
