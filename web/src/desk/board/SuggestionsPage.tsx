import { Alert, Button, Form, Input, Modal, Table, Tag } from 'antd';
import { useState } from 'react';
import { moment } from '../../shared/time';
import { uuid } from '../../shared/util';
import { useAct, useDesk, useFocusBack, useLoaded } from '../context';
import { nameOf } from '../labels';
import { isWatcher, type Suggestion } from '../types';
import { zh } from '../zh';

const t = zh.suggestions;
const needed = [{ required: true, whitespace: true, message: zh.actions.required }];
const COLOUR: Record<string, string> = { adopted: 'green', declined: 'default', open: 'gold' };
type Mark = 'adopted' | 'declined';

/** What agents think should be done better: everybody writes, supervisors see all and mark them. */
export function SuggestionsPage() {
  const { api, agent, pulse } = useDesk();
  const { data, error, reload } = useLoaded(() => api.suggestions(), `suggestions/${Math.floor(pulse / 3)}`);
  const [marking, setMarking] = useState<[Suggestion, Mark] | null>(null);
  const watcher = isWatcher(agent);
  return (
    <section className="Sheet">
      <header className="Sheet-head"><h2>{t.title}</h2></header>
      <Write reload={reload} />
      {!watcher && <p className="Quiet">{t.ownOnly}</p>}
      {error && <Alert type="warning" title={error} />}
      <Table<Suggestion>
        rowKey="id"
        size="small"
        dataSource={data ?? []}
        loading={!data && !error}
        locale={{ emptyText: <span className="Quiet">{t.empty}</span> }}
        scroll={{ x: 800 }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        columns={[
          { title: t.text, key: 'text', render: (_, row) => <><span className="Pre">{row.text}</span> {row.topic && <Tag>{row.topic}</Tag>} {row.complaint_no && <a href={`#/complaints/${row.complaint_no}`}>{row.complaint_no}</a>}</> },
          { title: t.by, dataIndex: 'agent' },
          { title: t.at, dataIndex: 'at', render: (value: string) => <span className="NoWrap">{moment(value)}</span> },
          { title: t.state, dataIndex: 'state', render: (value: string) => <Tag color={COLOUR[value] ?? 'default'}>{nameOf('suggestionStates', value)}</Tag> },
          { title: t.note, key: 'note', render: (_, row) => row.note && <><span className="Pre">{row.note}</span> <span className="Quiet">{row.decided_by} {moment(row.decided_at)}</span></> },
          ...(watcher ? [{
            title: t.mark,
            key: 'mark',
            render: (_: unknown, row: Suggestion) => (
              <span className="Talk-actions">
                <Button size="small" onClick={() => setMarking([row, 'adopted'])}>{t.adopt}</Button>
                <Button size="small" onClick={() => setMarking([row, 'declined'])}>{t.decline}</Button>
              </span>
            ),
          }] : []),
        ]}
      />
      {marking && <MarkDialog row={marking[0]} mark={marking[1]} onClose={() => setMarking(null)} reload={reload} />}
    </section>
  );
}

/** The same form sent twice is one suggestion. */
function Write({ reload }: { reload: () => void }) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  const [clientId, setClientId] = useState(uuid);
  const [form] = Form.useForm<Record<string, string>>();
  const submit = async (values: Record<string, string>): Promise<void> => {
    if (!(await act(() => api.suggest({ ...values, client_id: clientId }), zh.actions.done))) return;
    setClientId(uuid());
    form.resetFields();
    reload();
  };
  return (
    <Form form={form} layout="vertical" className="Narrow" onFinish={(values) => void submit(values)}>
      <Form.Item name="text" label={t.text} rules={needed}><Input.TextArea rows={3} maxLength={1000} showCount /></Form.Item>
      <Form.Item name="topic" label={t.topic}><Input maxLength={40} /></Form.Item>
      <Form.Item name="complaint_no" label={t.complaint}><Input maxLength={20} /></Form.Item>
      <Form.Item><Button type="primary" htmlType="submit" loading={busy}>{t.write}</Button></Form.Item>
    </Form>
  );
}

function MarkDialog({ row, mark, onClose, reload }: { row: Suggestion; mark: Mark; onClose: () => void; reload: () => void }) {
  useFocusBack();
  const { api } = useDesk();
  const { act, busy } = useAct();
  const title = mark === 'adopted' ? t.adopt : t.decline;
  const submit = async ({ note }: { note: string }): Promise<void> => {
    if (!(await act(() => api.markSuggestion(row.id, mark, note.trim()), zh.actions.done))) return;
    onClose();
    reload();
  };
  return (
    <Modal open title={title} onCancel={onClose} footer={null} destroyOnHidden>
      <p className="Pre">{row.text}</p>
      <Form layout="vertical" onFinish={(values: { note: string }) => void submit(values)}>
        <Form.Item name="note" label={t.note} rules={needed}><Input.TextArea rows={3} maxLength={500} showCount autoFocus /></Form.Item>
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" loading={busy}>{title}</Button>
        </div>
      </Form>
    </Modal>
  );
}
