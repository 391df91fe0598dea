import { Tag } from 'antd';
import { moment } from '../../shared/time';
import { colourOf, nameOf } from '../labels';
import { zh } from '../zh';
import type { SideProps } from './SidePanel';

const t = zh.side;
const REPORT: Record<string, string> = { report: '报案', appointment: '预约' };

export function History({ data }: SideProps) {
  const { complaints, reports, handovers, notes, earlier = [], ratings = [] } = data;
  return (
    <>
      <h3>{t.tickets}</h3>
      {!complaints.length && <p className="Quiet">{zh.none}</p>}
      {complaints.map((row) => (
        <section className="Box" key={row.no}>
          <p>
            <a href={`#/complaints/${row.no}`}>{row.no}</a> <Tag color="orange">{nameOf('categories', row.category)}</Tag>
            <Tag>{nameOf('states', row.state)}</Tag>
          </p>
          <p className="Clip">{row.what_happened}</p>
        </section>
      ))}
      <h3>{t.notes}</h3>
      {!notes.length && <p className="Quiet">{zh.none}</p>}
      {notes.map((note, index) => (
        <section className="Box" key={index}>
          <p className="Pre">{note.text}</p>
          <p className="Quiet">{note.agent ?? `#${note.agent_id}`} · {moment(note.at)}</p>
        </section>
      ))}
      {reports.length > 0 && <h3>{t.reports}</h3>}
      {reports.map((report) => (
        <section className="Box" key={report.no}>
          <p><strong>{report.no}</strong> <Tag>{REPORT[report.type] ?? report.type}</Tag></p>
          <p className="Quiet">{[report.happened, report.wished_time, report.place, report.description].filter(Boolean).map(String).join(' · ')}</p>
        </section>
      ))}
      <h3>{t.stays}</h3>
      {!handovers.length && <p className="Quiet">{zh.none}</p>}
      {[...handovers].reverse().map((stay, index) => (
        <section className="Box" key={index}>
          <p><Tag color={colourOf(stay.reason)}>{nameOf('reasons', stay.reason)}</Tag><Tag>{nameOf('stays', stay.state)}</Tag> <span className="Quiet">{moment(stay.requested_at)}</span></p>
          {stay.summary && <p className="Pre">{stay.summary}</p>}
          {stay.note && <p className="Pre Quiet">{stay.note}</p>}
        </section>
      ))}
      {earlier.length > 0 && <h3>{t.earlier}</h3>}
      {earlier.map((one) => (
        <section className="Box" key={one.conversation_id}>
          <p><a href={`#/work/${one.conversation_id}`}>{moment(one.at)}</a> <span className="Quiet">{nameOf('channels', one.channel)} {nameOf('reasons', one.reason)}</span></p>
          <p className="Clip">{one.summary}</p>
        </section>
      ))}
      {ratings.length > 0 && <h3>{t.ratings}</h3>}
      {ratings.map((rating, index) => (
        <p key={index}>{'★'.repeat(rating.score)}<span className="Quiet">{rating.comment} {moment(rating.at)}</span></p>
      ))}
    </>
  );
}
