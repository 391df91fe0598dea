import { Alert, Input, Segmented, Table, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { moment } from '../../shared/time';
import { useDesk, useLoaded, useNow } from '../context';
import { nameOf } from '../labels';
import type { Complaint } from '../types';
import { Flags } from '../work/QueueList';
import { zh } from '../zh';
import { clockOf, type Clock } from './clock';
import { ComplaintDetailView } from './ComplaintDetailView';

const t = zh.complaint;
export const SEVERITY: Record<string, string> = { minor: 'default', medium: 'orange', serious: 'red' };
const isOpen = (row: Complaint): boolean => row.state === 'open' || row.state === 'answered';

export function ComplaintsPage({ no }: { no: string }) {
  return no ? <ComplaintDetailView key={no} no={no} /> : <ComplaintList />;
}

export function ClockTag({ clock }: { clock: Clock | null }) {
  return clock ? <Tag color={clock.colour}>{clock.text}</Tag> : null;
}

function ComplaintList() {
  const { api, pulse } = useDesk();
  const now = useNow(30_000);
  const { data, error } = useLoaded(() => api.complaints(), `complaints/${pulse}`);
  const [filter, setFilter] = useState('open');
  const [search, setSearch] = useState('');
  const rows = useMemo(() => (data ?? []).filter((row) => {
    const text = `${row.no} ${row.claim_no ?? ''} ${row.what_happened} ${row.wanted}`;
    return (filter === 'all' || isOpen(row)) && text.includes(search.trim());
  }), [data, filter, search]);
  return (
    <section className="Sheet">
      <header className="Sheet-head">
        <h2>{t.title}</h2>
        <Segmented value={filter} onChange={setFilter} options={[{ value: 'open', label: t.filterOpen }, { value: 'all', label: t.all }]} />
        <Input allowClear className="Search" value={search} placeholder={t.search} aria-label={t.search} onChange={(event) => setSearch(event.target.value)} />
      </header>
      {error && <Alert type="warning" title={error} />}
      <Table<Complaint>
        rowKey="no"
        size="small"
        dataSource={rows}
        loading={!data && !error}
        scroll={{ x: 1000 }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        columns={[
          { title: t.no, dataIndex: 'no', render: (value: string) => <a className="NoWrap" href={`#/complaints/${value}`}>{value}</a> },
          { title: t.category, dataIndex: 'category', render: (value: string) => nameOf('categories', value) },
          { title: t.severity, dataIndex: 'severity', render: (value: string) => <Tag color={SEVERITY[value] ?? 'default'}>{nameOf('severities', value)}</Tag> },
          { title: t.level, dataIndex: 'level', render: (value: string) => nameOf('levels', value) },
          { title: t.state, dataIndex: 'state', render: (value: string) => nameOf('states', value) },
          { title: t.flags, dataIndex: 'flags', render: (value: string[]) => <Flags codes={value} /> },
          { title: t.what, dataIndex: 'what_happened', ellipsis: true, width: 220 },
          { title: t.feedback, key: 'feedback', render: (_, row) => <ClockTag clock={clockOf(row.first_feedback_due, row.first_feedback_at, now)} /> },
          { title: t.legal, key: 'legal', render: (_, row) => <ClockTag clock={clockOf(row.legal_due, row.closed_at, now, 3 * 86_400)} /> },
          { title: t.created, dataIndex: 'created_at', render: (value: string) => moment(value) },
        ]}
      />
    </section>
  );
}
