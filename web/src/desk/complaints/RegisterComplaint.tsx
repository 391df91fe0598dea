import { App as AntApp, Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { uuid } from '../../shared/util';
import { useAct, useDesk, useFocusBack } from '../context';
import { options } from '../labels';
import type { Conversation } from '../types';
import { zh } from '../zh';
import { ColleagueSelect } from './Parties';

const t = zh.complaint;

interface Props {
  data: Conversation;
  onClose: () => void;
  reload: () => void;
}

/** A complaint that the agent writes down for the customer. The same dialog sent twice is one complaint. */
export function RegisterComplaint({ data, onClose, reload }: Props) {
  useFocusBack();
  const { api } = useDesk();
  const { act, busy } = useAct();
  const { message } = AntApp.useApp();
  const [clientId] = useState(uuid);
  const submit = async (values: Record<string, unknown>): Promise<void> => {
    const body = { ...values, conversation_id: data.conversation.id, client_id: clientId };
    const register = async (): Promise<void> => {
      const made = await api.register(body);
      if ('recused' in made) message.info(t.recused(made.no), 6);
    };
    if (!(await act(register, zh.actions.done))) return;
    onClose();
    reload();
  };
  const needed = [{ required: true, message: zh.actions.required }];
  return (
    <Modal open title={t.register} onCancel={onClose} footer={null} destroyOnHidden>
      <Form layout="vertical" onFinish={(values) => void submit(values)} initialValues={{ reply_by: 'app', claim_no: data.claims[0]?.claim_no }}>
        <Form.Item name="category" label={t.category} rules={needed}><Select options={options('categories')} /></Form.Item>
        <Form.Item name="claim_no" label={t.claim}><Select allowClear options={data.claims.map(({ claim_no }) => ({ value: claim_no, label: claim_no }))} /></Form.Item>
        <Form.Item name="what_happened" label={t.what} rules={needed}><Input.TextArea rows={3} maxLength={1000} /></Form.Item>
        <Form.Item name="wanted" label={t.wanted} rules={needed}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
        <Form.Item name="reply_by" label={t.via} rules={needed}><Select options={options('replies')} /></Form.Item>
        <Form.Item name="about" label={t.about}><ColleagueSelect /></Form.Item>
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" loading={busy}>{t.register}</Button>
        </div>
      </Form>
    </Modal>
  );
}
