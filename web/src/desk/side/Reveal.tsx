import { Button, Form, Input, Popover } from 'antd';
import { useState } from 'react';
import { useAct, useDesk } from '../context';
import { zh } from '../zh';

const t = zh.side;

/** A masked number; the whole one only against a reason, which is kept in the audit log. */
export function Reveal({ conversation, field, masked }: { conversation: string; field: 'phone' | 'contact'; masked: string }) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  const [open, setOpen] = useState(false);
  const [value, setValue] = useState('');
  const submit = async ({ reason }: { reason: string }): Promise<void> => {
    if (await act(async () => setValue((await api.reveal(conversation, field, reason.trim())).value))) setOpen(false);
  };
  const form = (
    <Form layout="vertical" size="small" onFinish={(values: { reason: string }) => void submit(values)}>
      <Form.Item name="reason" label={t.revealWhy} rules={[{ required: true, whitespace: true, min: 2, max: 100 }]}><Input maxLength={100} autoFocus /></Form.Item>
      <Button type="primary" size="small" htmlType="submit" loading={busy}>{zh.ok}</Button>
    </Form>
  );
  if (value) return <><strong>{value}</strong> <span className="Quiet">{t.revealed}</span></>;
  return (
    <>
      {masked}{' '}
      <Popover open={open} onOpenChange={setOpen} trigger="click" content={form} destroyOnHidden>
        <Button type="link" size="small" aria-label={`${t.reveal} ${masked}`}>{t.reveal}</Button>
      </Popover>
    </>
  );
}
