import { Alert, Button, Checkbox, Spin, Tag, Timeline } from 'antd';
import { moment } from '../../shared/time';
import { useAct, useDesk, useLoaded, useNow } from '../context';
import { actorOf, nameOf, names } from '../labels';
import { Facts } from '../side/Overview';
import type { ComplaintDetail } from '../types';
import { Flags } from '../work/QueueList';
import { zh } from '../zh';
import { clockOf } from './clock';
import { ComplaintActions } from './ComplaintActions';
import { ClockTag, SEVERITY } from './ComplaintsPage';
import { Parties } from './Parties';

const t = zh.complaint;

export function ComplaintDetailView({ no }: { no: string }) {
  const { api, pulse } = useDesk();
  const { data, error, reload } = useLoaded(() => api.complaint(no), `${no}/${Math.floor(pulse / 3)}`);
  if (!data) return <section className="Sheet">{error ? <Alert type="warning" title={error} /> : <Spin />}</section>;
  return (
    <section className="Sheet">
      <header className="Sheet-head">
        <Button size="small" href="#/complaints">{t.back}</Button>
        <h2>{data.no}</h2>
        <Tag color={SEVERITY[data.severity] ?? 'default'}>{nameOf('severities', data.severity)}</Tag>
        <Tag>{nameOf('states', data.state)}</Tag>
        <Flags codes={data.flags} />
        <ComplaintActions data={data} reload={reload} />
      </header>
      <div className="Columns">
        <div>
          <Clocks data={data} />
          <Facts
            rows={[
              [t.category, nameOf('categories', data.category)],
              [t.level, nameOf('levels', data.level)],
              [t.created, moment(data.created_at)],
              [t.claim, data.claim_no],
              [t.via, nameOf('replies', data.reply_by)],
              [t.contact, data.contact],
              [t.what, <span className="Pre" key="what">{data.what_happened}</span>],
              [t.wanted, <span className="Pre" key="wanted">{data.wanted}</span>],
              [t.related, data.related?.map((other) => <a key={other} href={`#/complaints/${other}`}>{other} </a>)],
            ]}
          />
          <p><a href={`#/work/${data.conversation_id}`}>{t.toConversation}</a></p>
          <Parties data={data} reload={reload} />
          <h3>{t.checks}</h3>
          <Checks data={data} reload={reload} />
        </div>
        <div>
          <h3>{t.log}</h3>
          <Timeline
            items={data.log.map((line) => ({
              content: (
                <>
                  <strong>{t.action[line.action] ?? line.action}</strong> <span className="Quiet">{actorOf(line.actor)} · {moment(line.at)}</span>
                  {line.text && <p className="Pre">{line.text}</p>}
                  {typeof line.data?.party === 'string' && <p className="Quiet">{t.party}：{line.data.party}</p>}
                </>
              ),
            }))}
          />
        </div>
      </div>
    </section>
  );
}

/** The service clocks and the legal one, side by side: neither stands for the other. */
function Clocks({ data }: { data: ComplaintDetail }) {
  const now = useNow(10_000);
  return (
    <div className="Clocks">
      {data.waiting_since && (
        <p className="Clocks-waiting"><Tag color="gold">{t.waiting(moment(data.waiting_since))}</Tag> <span className="Quiet">{t.waitingLegal}</span></p>
      )}
      <div><h3>{t.serviceClock}</h3><p>{t.feedback} <ClockTag clock={clockOf(data.first_feedback_due, data.first_feedback_at, now)} /></p>
        <p>{t.levelDue} <ClockTag clock={clockOf(data.level_due, data.closed_at, now)} /></p></div>
      <div><h3>{t.legalClock}</h3><p>{t.legalDays(data.legal_limit_days ?? 15)} <ClockTag clock={clockOf(data.legal_due, data.closed_at, now, 3 * 86_400)} /></p>
        <p className="Quiet">{moment(data.legal_due)}</p></div>
    </div>
  );
}

function Checks({ data, reload }: { data: ComplaintDetail; reload: () => void }) {
  const { api } = useDesk();
  const { act, busy } = useAct();
  const done = new Map(data.checks?.map((check) => [check.code, check]));
  return (
    <ul className="Plain">
      {Object.entries(names.checks).map(([code, name]) => {
        const check = done.get(code);
        return (
          <li key={code}>
            <Checkbox
              checked={check?.done ?? false}
              disabled={busy}
              onChange={(event) => void act(() => api.act(data.no, 'check', { code, done: event.target.checked, note: '' })).then(reload)}
            >
              {name}
            </Checkbox>
            {check?.done && <span className="Quiet">{check.by} {moment(check.at)}</span>}
          </li>
        );
      })}
    </ul>
  );
}
