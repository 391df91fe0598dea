import { agentName, type Message } from '../shared/types';

const GAP_MS = 5 * 60_000;

/** Whether a time stands above a message, and whether its author's name does. */
export function headings(messages: Message[], index: number): { time: boolean; author: boolean } {
  const [message, before] = [messages[index], messages[index - 1]];
  if (!message || !before) return { time: true, author: true };
  const time = Date.parse(message.at) - Date.parse(before.at) > GAP_MS;
  return { time, author: time || before.from !== message.from || agentName(before) !== agentName(message) };
}
