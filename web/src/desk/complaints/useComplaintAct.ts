import { App as AntApp } from 'antd';
import { useAct, useDesk } from '../context';
import { zh } from '../zh';

/** Does one thing with a complaint. Who is complained about from then on is told so, and goes back to the list. */
export function useComplaintAct(no: string, reload: () => void) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  const { message } = AntApp.useApp();
  const run = (action: string, body: Record<string, unknown>): Promise<boolean> => act(async () => {
    if ('recused' in await api.act(no, action, body)) {
      message.info(zh.complaint.recused(no), 6);
      window.location.hash = '#/complaints';
    } else reload();
  }, zh.actions.done);
  return { run, busy };
}
