/**
 * Who opened the page. Inside a frame the embedding page says so by a message (see `embed.ts`); a web view may call
 * `window.ClaimsChat.init({jwt})` itself; otherwise the customer is a guest. A JWT is never read from the address.
 */
export const READY = 'claims-chat:ready';
export const INIT = 'claims-chat:init';
const PATIENCE_MS = 2_500;

interface Init {
  type: typeof INIT;
  jwt?: unknown;
}

declare global {
  interface Window {
    ClaimsChat?: { init(options: { jwt?: string | null }): void };
  }
}

const jwtOf = (value: unknown): string | null => (typeof value === 'string' && value.length < 8_192 && value ? value : null);

export function whenIdentified(begin: (jwt: string | null) => void): void {
  window.ClaimsChat = { init: (options) => begin(jwtOf(options?.jwt)) };
  if (window.parent === window) return begin(null);
  const guest = setTimeout(() => begin(null), PATIENCE_MS);
  window.addEventListener('message', (event: MessageEvent<Init | null>) => {
    if (event.source !== window.parent || event.data?.type !== INIT) return;
    clearTimeout(guest);
    begin(jwtOf(event.data.jwt));
  });
  window.parent.postMessage({ type: READY }, '*'); // says only that the page is there
}
