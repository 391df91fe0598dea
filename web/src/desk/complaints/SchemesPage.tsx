import { Alert, Button, Form, Input, Popconfirm, Select, Table } from 'antd';
import { moment } from '../../shared/time';
import { useAct, useDesk, useLoaded } from '../context';
import { nameOf, options } from '../labels';
import type { Scheme } from '../types';
import { zh } from '../zh';

const t = zh.schemes;
const needed = [{ required: true, whitespace: true, message: zh.actions.required }];

/** The compensation schemes that are on, usually none; a supervisor turns them on and off. */
export function SchemesPage() {
  const { api, pulse } = useDesk();
  const { act, busy } = useAct();
  const { data, error, reload } = useLoaded(() => api.schemes(), `schemes/${Math.floor(pulse / 3)}`);
  return (
    <section className="Sheet">
      <header className="Sheet-head"><h2>{t.title}</h2></header>
      {error && <Alert type="warning" title={error} />}
      {data && <Alert role="note" type={data.length ? 'warning' : 'info'} title={data.length ? t.on : t.off} className="Gap" />}
      <Table<Scheme>
        rowKey="id"
        size="small"
        dataSource={data ?? []}
        loading={!data && !error}
        locale={{ emptyText: <span className="Quiet">{zh.none}</span> }}
        pagination={false}
        columns={[
          { title: t.kind, dataIndex: 'kind', render: (value: string) => nameOf('schemeKinds', value) },
          { title: t.name, dataIndex: 'name' },
          { title: t.legal, dataIndex: 'legal_reference' },
          { title: t.approved, dataIndex: 'approved_at', render: (value: string) => moment(value) },
          {
            title: t.end,
            key: 'end',
            render: (_, row) => (
              <Popconfirm title={t.endAsk} okText={t.end} cancelText={zh.cancel} onConfirm={() => void act(() => api.endScheme(row.id), zh.actions.done).then(reload)}>
                <Button size="small" danger disabled={busy} aria-label={`${t.end} ${row.name}`}>{t.end}</Button>
              </Popconfirm>
            ),
          },
        ]}
      />
      <Approve reload={reload} />
    </section>
  );
}

function Approve({ reload }: { reload: () => void }) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  const [form] = Form.useForm<Record<string, unknown>>();
  const submit = async (values: Record<string, unknown>): Promise<void> => {
    if (!(await act(() => api.approveScheme(values), zh.actions.done))) return;
    form.resetFields();
    reload();
  };
  return (
    <section aria-label={t.approve}>
      <h3>{t.approve}</h3>
      <p className="Quiet">{t.rule}</p>
      <Form form={form} layout="vertical" className="Narrow" onFinish={(values) => void submit(values)}>
        <Form.Item name="kind" label={t.kind} rules={needed}><Select options={options('schemeKinds')} /></Form.Item>
        <Form.Item name="name" label={t.name} rules={needed}><Input maxLength={60} /></Form.Item>
        <Form.Item name="legal_reference" label={t.legal} rules={needed}><Input maxLength={80} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t.approve}</Button>
      </Form>
    </section>
  );
}
