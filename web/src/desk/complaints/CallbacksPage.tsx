import { Alert, Button, Form, Input, Modal, Table, Tag } from 'antd';
import { useState } from 'react';
import { moment, secondsUntil } from '../../shared/time';
import { useAct, useDesk, useFocusBack, useLoaded, useNow } from '../context';
import { colourOf, nameOf } from '../labels';
import { Reveal } from '../side/Reveal';
import type { Callback } from '../types';
import { zh } from '../zh';

const t = zh.callbacks;
const EVERY_MS = 15_000;
const FIELDS = ['contact', 'phone'] as const;

/** The calls that are still owed to customers, the earliest first; overdue ones are marked. */
export function CallbacksPage() {
  const { api, pulse } = useDesk();
  const now = useNow(EVERY_MS);
  const { data, error, reload } = useLoaded(() => api.callbacks(), `callbacks/${pulse}/${Math.floor(now / EVERY_MS)}`);
  const [ending, setEnding] = useState<Callback | null>(null);
  const isOver = (row: Callback): boolean => (secondsUntil(row.due_at, now) ?? 0) < 0;
  return (
    <section className="Sheet">
      <header className="Sheet-head"><h2>{t.title}</h2></header>
      {error && <Alert type="warning" title={error} />}
      <Table<Callback>
        rowKey="id"
        size="small"
        dataSource={data ?? []}
        loading={!data && !error}
        locale={{ emptyText: <span className="Quiet">{t.empty}</span> }}
        scroll={{ x: 800 }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        columns={[
          { title: t.reason, dataIndex: 'reason', render: (value: string) => <Tag color={colourOf(value)}>{nameOf('reasons', value)}</Tag> },
          { title: t.due, dataIndex: 'due_at', render: (value: string, row) => <span className="NoWrap">{moment(value)} {isOver(row) && <Tag color="red">{t.overdue}</Tag>}</span> },
          { title: t.phone, key: 'phone', render: (_, row) => <Numbers row={row} /> },
          { title: t.summary, dataIndex: 'summary', render: (value: string) => <span className="Pre">{value}</span> },
          { title: t.created, dataIndex: 'created_at', render: (value: string) => moment(value) },
          { title: t.conversation, dataIndex: 'conversation_id', render: (value: string) => <a className="NoWrap" href={`#/work/${encodeURIComponent(value)}`}>{t.open}</a> },
          { title: t.done, key: 'done', render: (_, row) => <Button size="small" onClick={() => setEnding(row)}>{t.done}</Button> },
        ]}
      />
      {ending && <DoneDialog row={ending} onClose={() => setEnding(null)} reload={reload} />}
    </section>
  );
}

/** What can be rung; the whole number only against a reason. */
function Numbers({ row }: { row: Callback }) {
  const numbers = row.numbers ?? {};
  return FIELDS.map((field) => {
    const masked = numbers[field];
    return masked && <div key={field} className="NoWrap"><Reveal conversation={row.conversation_id} field={field} masked={masked} /></div>;
  });
}

function DoneDialog({ row, onClose, reload }: { row: Callback; onClose: () => void; reload: () => void }) {
  useFocusBack();
  const { api } = useDesk();
  const { act, busy } = useAct();
  const submit = async ({ note }: { note: string }): Promise<void> => {
    if (!(await act(() => api.callbackDone(row.id, note.trim()), zh.actions.done))) return;
    onClose();
    reload();
  };
  return (
    <Modal open title={`${t.done} ${row.phone ?? ''}`} onCancel={onClose} footer={null} destroyOnHidden>
      <Form layout="vertical" onFinish={(values: { note: string }) => void submit(values)}>
        <Form.Item name="note" label={t.note} rules={[{ required: true, whitespace: true, message: zh.actions.required }]}>
          <Input.TextArea rows={4} maxLength={500} showCount autoFocus />
        </Form.Item>
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" loading={busy}>{t.done}</Button>
        </div>
      </Form>
    </Modal>
  );
}
