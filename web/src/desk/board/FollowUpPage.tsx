import { Alert, Table } from 'antd';
import { moment } from '../../shared/time';
import { useDesk, useLoaded } from '../context';
import { RiskActions, RiskWhy } from '../side/Risk';
import type { RiskLabel } from '../types';
import { zh } from '../zh';

const t = zh.risk;

/** The customers whom a specialist has still to follow up, the oldest first. */
export function FollowUpPage() {
  const { api, pulse } = useDesk();
  const { data, error, reload } = useLoaded(() => api.toFollowUp(), `follow-up/${pulse}`);
  return (
    <section className="Sheet">
      <header className="Sheet-head"><h2>{t.title}</h2></header>
      <Alert role="note" type="warning" title={t.rule} className="Gap" />
      {error && <Alert type="warning" title={error} />}
      <Table<RiskLabel>
        rowKey="id"
        size="small"
        dataSource={data ?? []}
        loading={!data && !error}
        locale={{ emptyText: <span className="Quiet">{t.empty}</span> }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        columns={[
          { title: t.customer, dataIndex: 'customer', render: (value: string | null) => value ?? zh.queue.guest },
          { title: t.why, key: 'why', render: (_, row) => <RiskWhy label={row} /> },
          { title: t.at, dataIndex: 'at', render: (value: string) => moment(value) },
          { title: t.conversation, dataIndex: 'conversation_id', render: (value: string | null) => value && <a href={`#/work/${encodeURIComponent(value)}`}>{zh.callbacks.open}</a> },
          { title: t.done, key: 'done', render: (_, row) => <RiskActions label={row} reload={reload} /> },
        ]}
      />
    </section>
  );
}
