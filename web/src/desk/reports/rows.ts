import { duration } from '../../shared/time';
import { nameOf } from '../labels';
import type { Weekly } from '../types';
import { zh } from '../zh';
import type { Cell } from './csv';

const t = zh.weekly;

export const percent = (rate: number | undefined): string => (rate === undefined || !Number.isFinite(rate) ? '—' : `${Math.round(rate * 1000) / 10}%`);
export const points = (average: number | undefined, count: number | undefined): string => (count && average !== undefined ? average.toFixed(2) : '—');

/** The report as a table: section, item, value. */
export function asRows(report: Weekly): Cell[][] {
  const rows: Cell[][] = [[t.section, t.item, t.value], [t.title, report.week, `${report.from} — ${report.to}`]];
  const add = (section: string, item: string, value: Cell): void => void rows.push([section, item, value]);
  report.volume?.by_day.forEach((day) => {
    add(t.byDay, `${day.day} ${t.conversations}`, day.conversations);
    add(t.byDay, `${day.day} ${t.handovers}`, day.handovers);
  });
  if (report.volume) add(t.volume, t.conversations, report.volume.conversations);
  if (report.volume) add(t.volume, t.messages, report.volume.messages);
  if (report.self_service) add(t.volume, t.selfRate, percent(report.self_service.rate));
  report.topics?.forEach((topic) => add(t.topics, topic.title || topic.id, topic.count));
  report.handover_reasons?.forEach((row) => add(t.reasons, nameOf('reasons', row.reason), row.count));
  for (const [name, timing] of [[t.first, report.first_response], [t.resolution, report.resolution]] as const) {
    if (!timing) continue;
    add(name, t.count, timing.count);
    add(name, t.p50, duration(timing.p50_seconds));
    add(name, t.p90, duration(timing.p90_seconds));
  }
  report.targets?.forEach((target) => add(t.targets, target.name, `${target.attained}/${target.total} ${percent(target.rate)}`));
  if (report.complaints) {
    add(t.complaints, t.total, report.complaints.total);
    report.complaints.by_category.forEach((row) => add(t.categories, nameOf('categories', row.category), row.count));
    report.complaints.by_severity.forEach((row) => add(t.severities, nameOf('severities', row.severity), row.count));
    report.complaints.by_level.forEach((row) => add(t.levels, nameOf('levels', row.level), row.count));
    add(t.complaints, t.feedbackRate, percent(report.complaints.first_feedback_rate));
    add(t.complaints, t.overdue, report.complaints.overdue);
  }
  if (report.satisfaction) {
    const { satisfaction } = report;
    add(t.satisfaction, t.average, points(satisfaction.average, satisfaction.count));
    add(t.satisfaction, t.human, points(satisfaction.human.average, satisfaction.human.count));
    add(t.satisfaction, t.bot, points(satisfaction.bot.average, satisfaction.bot.count));
    satisfaction.dimensions.forEach((row) => add(t.satisfaction, row.name, points(row.average, row.count)));
    add(t.satisfaction, t.low, satisfaction.low);
  }
  report.unanswered?.forEach((row) => add(t.unanswered, row.text, row.count));
  if (report.wording) {
    add(t.wording, t.stops, report.wording.stops);
    add(t.wording, t.rewrites, report.wording.rewrites);
    report.wording.by_rule.forEach((row) => add(t.wording, row.rule, row.count));
  }
  if (report.suggestions) {
    add(t.suggestions, t.written, report.suggestions.total);
    add(t.suggestions, t.adopted, report.suggestions.adopted);
    add(t.suggestions, t.declined, report.suggestions.declined);
    add(t.suggestions, t.waiting, report.suggestions.open);
  }
  return rows;
}
