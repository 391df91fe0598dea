import { Select, Tag } from 'antd';
import type { ReactNode } from 'react';
import { useAct, useDesk } from '../context';
import { colourOf, nameOf, names } from '../labels';
import { Flags } from '../work/QueueList';
import { zh } from '../zh';
import { Reveal } from './Reveal';
import { Risk } from './Risk';
import type { SideProps } from './SidePanel';

const t = zh.side;

export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="Facts">
      {rows.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value], index) => (
        <div key={index}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

export function Overview({ data, reload }: SideProps) {
  const { conversation, customer, summary, collected } = data;
  const mood = conversation.mood ? <Tag color={colourOf(conversation.mood)}>{nameOf('moods', conversation.mood)}</Tag> : zh.none;
  return (
    <>
      <Risk labels={conversation.risk ?? []} reload={reload} />
      <h3>{t.customer}</h3>
      <Facts
        rows={[
          [t.name, customer?.name ?? t.guest],
          [t.phone, customer?.phone && <Reveal conversation={conversation.id} field="phone" masked={customer.phone} />],
          [t.contact, conversation.contact && <Reveal conversation={conversation.id} field="contact" masked={conversation.contact} />],
          [t.channel, nameOf('channels', conversation.channel)],
          [t.mood, mood],
          [t.flags, conversation.flags.length ? <Flags codes={conversation.flags} /> : zh.none],
        ]}
      />
      <h3>{zh.talk.summary}</h3>
      <p className="Pre">{summary || zh.none}</p>
      <h3>{t.collected}</h3>
      <Collected values={collected} />
      <h3>{t.tags}</h3>
      <Tags id={conversation.id} tags={conversation.tags ?? []} reload={reload} />
    </>
  );
}

/** What the bot's forms gathered. The names are the forms' own; what is known is said in Chinese. */
const FIELDS: Record<string, string> = {
  form: '办理事项', claim: '案件号', what: '情况', confirmed: '已确认', certificate: '认定书或协议', loss: '损失估计', service: '服务', subject: '事项', claim_no: '案件号', plate: '车牌', kind: '事故类型', injured: '人员受伤', happened: '时间', place: '地点', description: '经过', loss_band: '损失估计',
  contact: '联系方式', category: '类型', what_happened: '情况', wanted: '诉求', reply_by: '答复方式', wished_time: '期望时间', have: '已有材料', photos: '照片',
};

function said(value: unknown): string {
  if (value === true) return '是';
  if (value === false) return '否';
  if (Array.isArray(value)) return value.map(said).join('、');
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, one]) => `${FIELDS[key] ?? key}：${said(one)}`).join('；');
  const text = String(value ?? '');
  return names.kinds[text] ?? names.categories[text] ?? names.documents[text] ?? text;
}

function Collected({ values }: { values: Record<string, unknown> }) {
  const rows = Object.entries(values).filter(([, value]) => value !== null && value !== '');
  if (!rows.length) return <p className="Quiet">{zh.none}</p>;
  return <Facts rows={rows.map(([key, value]) => [FIELDS[key] ?? FIELDS[key.replace(/^[a-z]+_/, '')] ?? key, said(value)])} />;
}

function Tags({ id, tags, reload }: { id: string; tags: string[]; reload: () => void }) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  return (
    <Select
      mode="tags"
      className="Wide"
      size="small"
      value={tags}
      loading={busy}
      maxCount={8}
      open={false}
      suffix={null}
      aria-label={t.tags}
      placeholder={t.tagPlace}
      onChange={(next: string[]) => void act(() => api.tags(id, next.map((tag) => tag.trim().slice(0, 12)).filter(Boolean))).then(reload)}
    />
  );
}
