/**
 * `<script src="https://…/static/embed.js"></script>` on the insurer's page, then
 * `ClaimsChat.init({ jwt, container })`. It puts the chat into a frame and hands it the customer's JWT by a message to
 * the chat's own origin; the JWT never stands in an address.
 */
interface Options {
  /** HS256 JWT of the insurer's app, or nothing for a guest. */
  jwt?: string | null;
  /** Where the chat goes: an element or a selector. Without it, a button at the lower right opens it. */
  container?: HTMLElement | string;
  /** What the frame is called for screen readers. */
  title?: string;
}

const script = document.currentScript as HTMLScriptElement | null;
const ORIGIN = new URL(script?.src || window.location.href).origin;
const READY = 'claims-chat:ready';
const INIT = 'claims-chat:init';

let frame: HTMLIFrameElement | null = null;
let jwt: string | null = null;

window.addEventListener('message', (event) => {
  if (!frame || event.source !== frame.contentWindow || event.origin !== ORIGIN) return;
  if ((event.data as { type?: string } | null)?.type === READY) hand();
});

function hand(): void {
  frame?.contentWindow?.postMessage({ type: INIT, jwt }, ORIGIN);
}

function makeFrame(title: string): HTMLIFrameElement {
  const made = document.createElement('iframe');
  made.src = `${ORIGIN}/`;
  made.title = title;
  made.allow = 'camera';
  made.referrerPolicy = 'no-referrer';
  made.style.cssText = 'border:0;width:100%;height:100%;display:block';
  return made;
}

function floating(title: string): { panel: HTMLElement; button: HTMLButtonElement } {
  const panel = document.createElement('div');
  panel.style.cssText =
    'position:fixed;right:16px;bottom:80px;width:min(400px,calc(100vw - 32px));height:min(680px,calc(100vh - 112px));' +
    'border-radius:12px;overflow:hidden;box-shadow:0 8px 32px rgba(0,0,0,.24);z-index:2147483000;background:#fff';
  panel.hidden = true;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = '理赔客服';
  button.setAttribute('aria-label', title);
  button.setAttribute('aria-expanded', 'false');
  button.style.cssText =
    'position:fixed;right:16px;bottom:16px;padding:14px 20px;border:0;border-radius:26px;background:#0b5fc4;color:#fff;' +
    'font-size:16px;cursor:pointer;box-shadow:0 4px 12px rgba(0,0,0,.24);z-index:2147483000';
  return { panel, button };
}

function init(options: Options = {}): void {
  jwt = options.jwt ?? null;
  if (frame) return hand();
  const title = options.title ?? '车险理赔智能客服';
  frame = makeFrame(title);
  const place = typeof options.container === 'string' ? document.querySelector<HTMLElement>(options.container) : options.container;
  if (place) {
    place.appendChild(frame);
    return;
  }
  const { panel, button } = floating(title);
  document.body.append(panel, button);
  button.addEventListener('click', () => {
    if (frame && !frame.isConnected) panel.appendChild(frame); // the chat begins when it is opened
    panel.hidden = !panel.hidden;
    button.setAttribute('aria-expanded', String(!panel.hidden));
  });
}

(window as unknown as { ClaimsChat: { init: typeof init } }).ClaimsChat = { init };
