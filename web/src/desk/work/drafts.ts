import { safeStorage, uuid } from '../../shared/util';

/** What an agent has written to a customer and not sent, and the id under which it goes out. */
export interface Draft {
  text: string;
  clientId: string;
}

const storage = safeStorage(() => window.localStorage);
const key = (conversation: string): string => `desk.draft.${conversation}`;

export function loadDraft(conversation: string): Draft {
  try {
    const kept = JSON.parse(storage.getItem(key(conversation)) ?? 'null') as Draft | null;
    if (typeof kept?.text === 'string' && typeof kept.clientId === 'string') return kept;
  } catch {
    // written by something else
  }
  return { text: '', clientId: uuid() };
}

export function saveDraft(conversation: string, draft: Draft): void {
  if (draft.text) storage.setItem(key(conversation), JSON.stringify(draft));
  else storage.removeItem(key(conversation));
}

/** Another text is another message: only the unchanged text may be sent again under the same id. */
export function changed(draft: Draft, text: string): Draft {
  return text === draft.text ? draft : { text, clientId: uuid() };
}

/** On log-out nothing that was written to customers stays on a shared machine. */
export function forgetDrafts(): void {
  try {
    Object.keys(window.localStorage).filter((name) => name.startsWith('desk.draft.')).forEach((name) => window.localStorage.removeItem(name));
  } catch {
    // no storage, nothing kept
  }
}
