import { Alert, Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useDesk, useFocusBack } from '../context';
import { options } from '../labels';
import { isWatcher, type ComplaintDetail } from '../types';
import { useReview } from '../work/useReview';
import { WordingHints } from '../work/WordingHints';
import { zh } from '../zh';
import { useComplaintAct } from './useComplaintAct';

const t = zh.complaint;
type Action = 'classify' | 'feedback' | 'answer' | 'confirm' | 'escalate' | 'extend' | 'scheme' | 'await' | 'resume' | 'withdraw' | 'close' | 'note';

/** What may be done in which state; the server decides again. */
function offered(data: ComplaintDetail, watcher: boolean): Action[] {
  if (data.state !== 'open' && data.state !== 'answered') return ['note'];
  return [
    'feedback', 'answer', ...(data.state === 'answered' ? ['confirm' as const] : [data.waiting_since ? 'resume' as const : 'await' as const]), 'classify',
    ...(data.level === 'outside' ? [] : ['escalate' as const]), ...(watcher ? ['extend' as const] : []),
    ...(watcher && data.schemes?.length ? ['scheme' as const] : []), 'withdraw', 'close', 'note',
  ];
}

export function ComplaintActions({ data, reload }: { data: ComplaintDetail; reload: () => void }) {
  const { agent } = useDesk();
  const [action, setAction] = useState<Action | null>(null);
  return (
    <span className="Talk-actions">
      {offered(data, isWatcher(agent)).map((one, index) => (
        <Button key={one} size="small" type={index === 0 ? 'primary' : 'default'} onClick={() => setAction(one)}>{t.action[one]}</Button>
      ))}
      {action && <ActionDialog key={action} action={action} data={data} onClose={() => setAction(null)} reload={reload} />}
    </span>
  );
}

interface DialogProps {
  action: Action;
  data: ComplaintDetail;
  onClose: () => void;
  reload: () => void;
}

const needed = [{ required: true, message: zh.actions.required }];

function ActionDialog({ action, data, onClose, reload }: DialogProps) {
  useFocusBack();
  const { run, busy } = useComplaintAct(data.no, reload);
  const [form] = Form.useForm<Record<string, unknown>>();
  const toCustomer = action === 'feedback' || action === 'answer';
  const text = String(Form.useWatch('text', form) ?? '');
  const [reviewing] = useReview(toCustomer ? text : '');
  const blocked = reviewing.state === 'done' && reviewing.text === text && reviewing.review.verdict === 'block';
  const submit = async ({ expected_at: expected, ...values }: Record<string, unknown>): Promise<void> => {
    const body = expected ? { ...values, expected_at: `${String(expected)}:00+08:00` } : values;
    if (await run(action, body)) onClose();
  };
  return (
    <Modal open title={`${t.action[action] ?? action} ${data.no}`} onCancel={onClose} footer={null} destroyOnHidden>
      {toCustomer && <Alert role="note" type="warning" title={t.sentTo} className="Gap" />}
      <Form
        form={form}
        layout="vertical"
        onFinish={(values) => void submit(values)}
        initialValues={{ via: data.reply_by, category: data.category, severity: data.severity, days: 30, note: '' }}
      >
        <Fields action={action} data={data} />
        {toCustomer && <WordingHints reviewing={reviewing} onAdopt={(out) => form.setFieldValue('text', out)} />}
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" loading={busy} disabled={blocked}>{zh.ok}</Button>
        </div>
      </Form>
    </Modal>
  );
}

function Fields({ action, data }: { action: Action; data: ComplaintDetail }) {
  const area = (name: string, label: string, must = true) => (
    <Form.Item name={name} label={label} rules={must ? needed : []}><Input.TextArea rows={4} maxLength={1000} showCount /></Form.Item>
  );
  switch (action) {
    case 'feedback':
      return <>{area('text', t.form.text)}{area('reason', t.form.reason, false)}
        <Form.Item name="expected_at" label={t.form.expected}><Input type="datetime-local" /></Form.Item></>;
    case 'answer':
      return <>{area('text', t.form.text)}<Form.Item name="via" label={t.via} rules={needed}><Select options={options('replies')} /></Form.Item></>;
    case 'confirm':
      return <Form.Item name="result" label={t.form.result} rules={needed}><Select options={options('confirmations')} /></Form.Item>;
    case 'classify':
      return <><Form.Item name="category" label={t.category} rules={needed}><Select options={options('categories')} /></Form.Item>
        <Form.Item name="severity" label={t.severity} rules={needed}><Select options={options('severities')} /></Form.Item>{area('note', t.form.note)}</>;
    case 'escalate':
      return area('reason', t.form.reason);
    case 'extend':
      return <><Form.Item name="days" label={t.form.days} rules={needed}><Select options={[30, 60].map((days) => ({ value: days, label: t.legalDays(days) }))} /></Form.Item>
        {area('reason', t.form.reason)}</>;
    case 'scheme':
      return <><Form.Item name="id" label={t.scheme} rules={needed}><Select options={(data.schemes ?? []).map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
        {area('note', t.form.note)}</>;
    case 'resume':
      return area('note', t.form.note, false);
    case 'note':
      return area('text', t.form.text);
    default:
      return area('note', t.form.note);
  }
}
