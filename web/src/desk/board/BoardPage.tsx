import { Alert, Button, Input, Modal, Select, Statistic, Table, Tag } from 'antd';
import { useState } from 'react';
import { duration, moment } from '../../shared/time';
import { useAct, useDesk, useFocusBack, useLoaded, useNow } from '../context';
import { nameOf } from '../labels';
import type { Board, DeskAgent, Row } from '../types';
import { Flags } from '../work/QueueList';
import { zh } from '../zh';

const t = zh.board;

export function BoardPage() {
  const { api, pulse, queue } = useDesk();
  const beat = Math.floor(useNow(5_000) / 5_000);
  const { data, error } = useLoaded(() => api.board(), `board/${pulse}/${beat}`);
  const [moving, setMoving] = useState<Row | null>(null);
  return (
    <section className="Sheet">
      <header className="Sheet-head"><h2>{t.title}</h2></header>
      {error && <Alert type="warning" title={error} />}
      <div className="Tiles">
        <Statistic title={t.waiting} value={data?.waiting ?? queue.waiting.length} />
        <Statistic title={t.longest} value={duration(data?.longest_wait_seconds ?? Math.max(0, ...queue.waiting.map((row) => row.waited_seconds)))} />
        <Statistic title={t.people} value={data?.with_people ?? queue.all?.filter((row) => row.owner === 'human').length ?? '—'} />
        <Statistic title={t.bot} value={data?.with_bot ?? '—'} />
        <Statistic title={t.breaches} value={data?.breaches.length ?? '—'} />
      </div>
      <div className="Columns">
        <div>
          <h3>{t.sessions}</h3>
          <Table<Row>
            rowKey="conversation_id" size="small" pagination={false} dataSource={queue.all ?? []}
            columns={[
              { title: zh.talk.customer, render: (_, row) => <a href={`#/work/${row.conversation_id}`}>{row.customer ?? zh.queue.guest}</a> },
              { title: zh.complaint.flags, render: (_, row) => <Flags codes={row.flags} mood={row.mood} /> },
              { title: zh.talk.agent, render: (_, row) => row.agent ?? (row.owner === 'queued' ? zh.queue.waiting : '') },
              { title: <span className="sr-only">{t.reassign}</span>, render: (_, row) => <Button size="small" onClick={() => setMoving(row)}>{t.reassign}</Button> },
            ]}
          />
        </div>
        <div>
          <h3>{t.agents}</h3>
          <Agents rows={data?.agents ?? []} />
          <h3>{t.breaches}</h3>
          <Breaches rows={data?.breaches ?? []} />
        </div>
      </div>
      {moving && <Reassign row={moving} agents={data?.agents ?? []} onClose={() => setMoving(null)} />}
    </section>
  );
}

function Agents({ rows }: { rows: DeskAgent[] }) {
  return (
    <Table<DeskAgent>
      rowKey="id" size="small" pagination={false} dataSource={rows}
      columns={[
        { title: zh.side.name, dataIndex: 'name' },
        { title: t.role, dataIndex: 'role', render: (value: string) => nameOf('roles', value) },
        { title: t.state, dataIndex: 'online', render: (value: boolean) => <Tag color={value ? 'green' : 'default'}>{value ? t.online : t.offline}</Tag> },
        { title: t.load, dataIndex: 'conversations' },
      ]}
    />
  );
}

function Breaches({ rows }: { rows: Board['breaches'] }) {
  if (!rows.length) return <p className="Quiet">{t.noBreach}</p>;
  return (
    <ul className="Plain">
      {rows.map((row) => (
        <li key={`${row.type}/${row.no}`}>
          <Tag color="red">{t.types[row.type] ?? row.type}</Tag>
          {row.no.startsWith('TS') ? <a href={`#/complaints/${row.no}`}>{row.no}</a> : row.no} {row.text} <span className="Quiet">{t.due} {moment(row.due)}</span>
        </li>
      ))}
    </ul>
  );
}

function Reassign({ row, agents, onClose }: { row: Row; agents: DeskAgent[]; onClose: () => void }) {
  useFocusBack();
  const { api, refresh } = useDesk();
  const { act, busy } = useAct();
  const [to, setTo] = useState<number | null>(null);
  const [note, setNote] = useState('');
  const submit = async (): Promise<void> => {
    if (to === null || !(await act(() => api.reassign(row.conversation_id, to, note.trim()), zh.actions.done))) return;
    onClose();
    refresh();
  };
  return (
    <Modal open title={`${t.reassign} ${row.customer ?? zh.queue.guest}`} onCancel={onClose} onOk={() => void submit()} okButtonProps={{ disabled: to === null, loading: busy }}>
      <Select
        className="Wide Gap" value={to} onChange={setTo} aria-label={t.reassignTo} placeholder={t.reassignTo}
        options={agents.map((agent) => ({ value: agent.id, label: `${agent.name}（${nameOf('roles', agent.role)}，${agent.conversations}）` }))}
      />
      <Input value={note} maxLength={200} aria-label={zh.actions.why} placeholder={zh.actions.why} onChange={(event) => setNote(event.target.value)} />
    </Modal>
  );
}
