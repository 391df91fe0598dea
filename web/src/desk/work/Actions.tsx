import { Alert, Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { RegisterComplaint } from '../complaints/RegisterComplaint';
import { useAct, useDesk, useFocusBack } from '../context';
import { options } from '../labels';
import type { Conversation } from '../types';
import { zh } from '../zh';
import { openTalk } from './WorkPage';

const t = zh.actions;
type Kind = 'note' | 'transfer' | 'escalate' | 'giveBack' | 'close';

const FIELDS: Record<Kind, { label: string; help?: string; required: boolean; sent?: boolean }> = {
  note: { label: t.noteText, help: t.noteHelp, required: true },
  transfer: { label: t.why, required: true },
  escalate: { label: t.why, required: true },
  giveBack: { label: t.backNote, help: t.backHelp, required: false, sent: true },
  close: { label: t.closeSummary, help: t.closeHelp, required: true },
};

/** What can be done with a conversation that one has. */
export function Actions({ data, reload }: { data: Conversation; reload: () => void }) {
  const [kind, setKind] = useState<Kind | null>(null);
  const [complaint, setComplaint] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setKind('note')}>{t.note}</Button>
      <Button size="small" onClick={() => setComplaint(true)}>{t.complaint}</Button>
      <Button size="small" onClick={() => setKind('transfer')}>{t.transfer}</Button>
      <Button size="small" onClick={() => setKind('escalate')}>{t.escalate}</Button>
      <Button size="small" onClick={() => setKind('giveBack')}>{t.giveBack}</Button>
      <Button size="small" danger onClick={() => setKind('close')}>{t.close}</Button>
      {kind && <ActionDialog kind={kind} data={data} onClose={() => setKind(null)} reload={reload} />}
      {complaint && <RegisterComplaint data={data} onClose={() => setComplaint(false)} reload={reload} />}
    </>
  );
}

interface DialogProps {
  kind: Kind;
  data: Conversation;
  onClose: () => void;
  reload: () => void;
}

function ActionDialog({ kind, data, onClose, reload }: DialogProps) {
  useFocusBack();
  const { api, refresh } = useDesk();
  const { act, busy } = useAct();
  const id = data.conversation.id;
  const field = FIELDS[kind];
  const submit = async ({ text = '', role = '' }: { text?: string; role?: string }): Promise<void> => {
    const work = {
      note: () => api.note(id, text.trim()),
      transfer: () => api.transfer(id, role, text.trim()),
      escalate: () => api.escalate(id, text.trim()),
      giveBack: () => api.giveBack(id, text.trim()),
      close: () => api.close(id, text.trim()),
    }[kind];
    if (!(await act(work, t.done))) return;
    onClose();
    reload();
    refresh();
    if (kind !== 'note') openTalk('');
  };
  return (
    <Modal open title={t[kind]} onCancel={onClose} footer={null} destroyOnHidden>
      {field.help && <Alert role="note" type={field.sent ? 'warning' : 'info'} title={field.help} className="Gap" />}
      <Form layout="vertical" onFinish={(values) => void submit(values)} initialValues={{ role: 'specialist' }}>
        {kind === 'transfer' && <Form.Item name="role" label={t.to} rules={[{ required: true }]}><Select options={options('roles').slice(0, 3)} /></Form.Item>}
        <Form.Item name="text" label={field.label} rules={[{ required: field.required, whitespace: true, message: t.required }]}>
          <Input.TextArea rows={4} maxLength={kind === 'note' ? 2000 : 500} showCount autoFocus />
        </Form.Item>
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" danger={kind === 'close'} loading={busy}>{t[kind]}</Button>
        </div>
      </Form>
    </Modal>
  );
}
