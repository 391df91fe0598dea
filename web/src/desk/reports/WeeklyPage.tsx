import { Alert, Button, Spin, Statistic } from 'antd';
import { useState, type ReactNode } from 'react';
import { duration } from '../../shared/time';
import { useDesk, useLoaded } from '../context';
import { nameOf } from '../labels';
import type { Weekly } from '../types';
import { zh } from '../zh';
import { Bars, Days } from './charts';
import { download, toCsv } from './csv';
import { asRows, percent, points } from './rows';
import { shift, weekOf } from './week';

const t = zh.weekly;

export function WeeklyPage() {
  const { api } = useDesk();
  const [week, setWeek] = useState(() => weekOf(new Date()));
  const { data, error } = useLoaded(() => api.weekly(week), week);
  const shown = data?.week === week ? data : null;
  return (
    <section className="Sheet Weekly">
      <header className="Sheet-head">
        <h2>{t.title} {week}</h2>
        {shown && <span className="Quiet">{shown.from} — {shown.to}</span>}
        <span className="Talk-actions NoPrint">
          <Button size="small" onClick={() => setWeek(shift(week, -1))}>{t.prev}</Button>
          <Button size="small" onClick={() => setWeek(shift(week, 1))} disabled={week >= weekOf(new Date())}>{t.next}</Button>
          <Button size="small" disabled={!shown} onClick={() => shown && download(`weekly-${week}.csv`, toCsv(asRows(shown)))}>{t.csv}</Button>
          <Button size="small" disabled={!shown} onClick={() => window.print()}>{t.print}</Button>
        </span>
      </header>
      {error ? <Alert type="warning" title={error} /> : shown ? <Report report={shown} /> : <Spin />}
    </section>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return <section className="Part"><h3>{title}</h3>{children}</section>;
}

function Report({ report }: { report: Weekly }) {
  const { volume, self_service: self, first_response: first, resolution, complaints, satisfaction, wording } = report;
  return (
    <>
      <div className="Tiles">
        {volume && <Statistic title={t.conversations} value={volume.conversations} />}
        {self && <Statistic title={t.selfRate} value={percent(self.rate)} />}
        {first && <Statistic title={`${t.first}（${t.p50}）`} value={first.count ? duration(first.p50_seconds) : '—'} />}
        {resolution && <Statistic title={`${t.resolution}（${t.p50}）`} value={resolution.count ? duration(resolution.p50_seconds) : '—'} />}
        {complaints && <Statistic title={t.complaints} value={complaints.total} />}
        {satisfaction && <Statistic title={t.satisfaction} value={points(satisfaction.average, satisfaction.count)} />}
      </div>
      <div className="Parts">
        {volume && <Part title={t.byDay}><Days days={volume.by_day} /></Part>}
        {report.topics && <Part title={t.topics}><Bars label={t.topics} bars={report.topics.slice(0, 10).map((row) => ({ label: row.title || row.id, value: row.count }))} /></Part>}
        {report.handover_reasons && <Part title={t.reasons}><Bars label={t.reasons} bars={report.handover_reasons.map((row) => ({ label: nameOf('reasons', row.reason), value: row.count }))} /></Part>}
        {(first || resolution) && <Part title={`${t.first} / ${t.resolution}`}><Timings report={report} /></Part>}
        {report.targets && <Part title={t.targets}><Bars label={t.targets} bars={report.targets.map((row) => ({ label: row.name, value: row.rate, note: `${percent(row.rate)}（${t.of(row.attained, row.total)}）` }))} /></Part>}
        {complaints && <Part title={t.complaints}><Complaints complaints={complaints} /></Part>}
        {satisfaction && <Part title={t.satisfaction}><Satisfaction satisfaction={satisfaction} /></Part>}
        {report.unanswered && <Part title={t.unanswered}><Bars label={t.unanswered} bars={report.unanswered.slice(0, 10).map((row) => ({ label: row.text, value: row.count }))} /></Part>}
        {wording && (
          <Part title={t.wording}>
            <p>{t.stops} {wording.stops}，{t.rewrites} {wording.rewrites}</p>
            <Bars label={t.rules} bars={wording.by_rule.map((row) => ({ label: row.rule, value: row.count }))} />
          </Part>
        )}
        {report.suggestions && (
          <Part title={t.suggestions}>
            <p>{t.written} {report.suggestions.total}，{t.adopted} {report.suggestions.adopted}，{t.declined} {report.suggestions.declined}，{t.waiting} {report.suggestions.open}</p>
          </Part>
        )}
      </div>
    </>
  );
}

function Timings({ report }: { report: Weekly }) {
  const rows = [[t.first, report.first_response], [t.resolution, report.resolution]] as const;
  return (
    <table className="Grid">
      <thead><tr><th scope="col">{t.item}</th><th scope="col">{t.count}</th><th scope="col">{t.p50}</th><th scope="col">{t.p90}</th></tr></thead>
      <tbody>
        {rows.map(([name, timing]) => timing && (
          <tr key={name}><th scope="row">{name}</th><td>{timing.count}</td><td>{timing.count ? duration(timing.p50_seconds) : '—'}</td><td>{timing.count ? duration(timing.p90_seconds) : '—'}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

function Complaints({ complaints }: { complaints: NonNullable<Weekly['complaints']> }) {
  return (
    <>
      <p>{t.total} {complaints.total}，{t.feedbackRate} {percent(complaints.first_feedback_rate)}，{t.overdue} {complaints.overdue}</p>
      <Bars label={t.categories} bars={complaints.by_category.map((row) => ({ label: nameOf('categories', row.category), value: row.count }))} />
      <h4>{t.severities}</h4>
      <Bars label={t.severities} bars={complaints.by_severity.map((row) => ({ label: nameOf('severities', row.severity), value: row.count }))} />
      <h4>{t.levels}</h4>
      <Bars label={t.levels} bars={complaints.by_level.map((row) => ({ label: nameOf('levels', row.level), value: row.count }))} />
    </>
  );
}

function Satisfaction({ satisfaction }: { satisfaction: NonNullable<Weekly['satisfaction']> }) {
  const rows = [{ name: t.human, ...satisfaction.human }, { name: t.bot, ...satisfaction.bot }, ...satisfaction.dimensions];
  return (
    <>
      <Bars label={t.satisfaction} bars={rows.map((row) => ({ label: row.name, value: row.count ? row.average : 0, note: `${points(row.average, row.count)}（${row.count}）` }))} />
      <p>{t.low} {satisfaction.low}</p>
    </>
  );
}
