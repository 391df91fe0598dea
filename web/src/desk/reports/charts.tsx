import { zh } from '../zh';

/** Plain SVG and HTML charts: they print, scale and need no library. The numbers stand beside the bars. */
export interface Bar {
  label: string;
  value: number;
  note?: string;
}

export function Bars({ bars, label }: { bars: Bar[]; label: string }) {
  if (!bars.length) return <p className="Quiet">{zh.weekly.empty}</p>;
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <table className="Bars" aria-label={label}>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.label}>
            <th scope="row">{bar.label}</th>
            <td>
              <svg width="100%" height="14" preserveAspectRatio="none" viewBox="0 0 100 14" aria-hidden="true">
                <rect x="0" y="2" width="100" height="10" rx="1" fill="#eef2f7" />
                <rect x="0" y="2" width={(bar.value / most) * 100} height="10" rx="1" fill="#0b5fc4" />
              </svg>
            </td>
            <td className="Bars-value">{bar.note ?? bar.value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export interface Day {
  day: string;
  conversations: number;
  handovers: number;
}

const [WIDTH, HEIGHT, BASE, LEFT] = [560, 190, 158, 30];

/** All conversations of each day, and of those the ones that went to a person. */
export function Days({ days }: { days: Day[] }) {
  const most = Math.max(4, ...days.map((day) => day.conversations));
  const step = (WIDTH - LEFT) / Math.max(1, days.length);
  const y = (value: number): number => BASE - (value / most) * (BASE - 22);
  return (
    <svg className="Days" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${zh.weekly.byDay}：${days.map((d) => `${d.day} ${d.conversations}/${d.handovers}`).join('，')}`}>
      {[0, 0.5, 1].map((part) => (
        <g key={part}>
          <line x1={LEFT} x2={WIDTH} y1={y(most * part)} y2={y(most * part)} stroke="#dfe5ec" />
          <text x={LEFT - 6} y={y(most * part) + 4} textAnchor="end">{Math.round(most * part)}</text>
        </g>
      ))}
      {days.map((day, index) => {
        const x = LEFT + index * step + step / 2;
        return (
          <g key={day.day}>
            <rect x={x - 22} y={y(day.conversations)} width="20" height={BASE - y(day.conversations)} fill="#0b5fc4" />
            <rect x={x + 2} y={y(day.handovers)} width="20" height={BASE - y(day.handovers)} fill="#c46a00" />
            <text x={x - 12} y={y(day.conversations) - 4} textAnchor="middle">{day.conversations}</text>
            <text x={x + 12} y={y(day.handovers) - 4} textAnchor="middle">{day.handovers}</text>
            <text x={x} y={BASE + 16} textAnchor="middle">{day.day.slice(5)}</text>
          </g>
        );
      })}
      <g transform={`translate(${LEFT} 6)`}>
        <rect width="10" height="10" fill="#0b5fc4" /><text x="14" y="9">{zh.weekly.conversations}</text>
        <rect x="60" width="10" height="10" fill="#c46a00" /><text x="74" y="9">{zh.weekly.handovers}</text>
      </g>
    </svg>
  );
}
