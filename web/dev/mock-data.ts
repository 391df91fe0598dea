const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

export const POLICIES = [{
  policy_no: 'PDZA202611010000000001', plate: '京A12345', valid_from: '2026-01-01', valid_to: '2026-12-31',
  coverages: [{ code: 'compulsory' }, { code: 'own_damage', limit_yuan: 150000, deductible_yuan: 500, deductible_rate: 0.1 }, { code: 'third_party', limit_yuan: 2000000 }],
}];

export const CLAIMS = [{
  claim_no: 'RDAA202611050000000001', plate: '京A12345', kind: 'two_party', status: 'DOCS_PARTIAL', status_at: ago(3), accident_at: ago(400),
  missing_documents: ['driving_licence', 'repair_invoice'], injured: false,
  events: [{ status: 'REGISTERED', at: ago(390) }, { status: 'SURVEYED', at: ago(360) }, { status: 'DOCS_PARTIAL', at: ago(3) }],
}];

const complaint = (no: string, severity: string, hoursAgo: number, values: Record<string, unknown> = {}) => ({
  no, conversation_id: 'seed1', claim_no: 'RDAA202611050000000001', category: 'delay', severity, level: 'first_line', state: 'open', flags: ['repeated', 'regulator'],
  what_happened: '定损完成20天未收到赔款，多次询问没有明确答复。', wanted: '尽快支付并书面说明原因', reply_by: 'phone', contact: '138****1234', created_at: ago(hoursAgo),
  first_feedback_due: ago(hoursAgo - 24), first_feedback_at: null, legal_due: ago(hoursAgo - 360), level_due: ago(hoursAgo - 48), closed_at: null, ...values,
});

export const COMPLAINTS = [
  complaint('TS20261121000001', 'serious', 26), complaint('TS20261121000002', 'medium', 21, { flags: [], category: 'attitude' }),
  complaint('TS20261120000003', 'minor', 60, { flags: [], category: 'amount', state: 'closed', closed_at: ago(2), first_feedback_at: ago(50) }),
];

export const FAQ = [
  { faq_id: 'pay_time', title: '赔款多久到账', answer: '达成赔偿协议后，法定期限为10日内支付；到账时间以银行处理为准。', citations: [{ id: 'bxf23', document: '保险法', clause: '第二十三条' }] },
  { faq_id: 'docs_once', title: '为什么让我补材料', answer: '资料不完整的，会一次性通知您补充。', citations: [{ id: 'bxf22', document: '保险法', clause: '第二十二条' }] },
];

export const WEEKLY = {
  week: '', from: '2026-11-16', to: '2026-11-22',
  volume: { conversations: 812, messages: 6021, by_day: [16, 17, 18, 19, 20, 21, 22].map((day, n) => ({ day: `2026-11-${day}`, conversations: 90 + n * 9, handovers: 20 + n * 3 })) },
  topics: [{ id: 'a', title: '赔款多久到账', count: 120 }, { id: 'b', title: '如何拍照定损', count: 90 }, { id: 'c', title: '单方事故材料', count: 61 }],
  self_service: { conversations: 812, self_served: 610, rate: 0.751 },
  handover_reasons: [{ reason: 'asked', count: 80 }, { reason: 'complaint', count: 31 }, { reason: 'injury', count: 12 }],
  first_response: { count: 123, p50_seconds: 38, p90_seconds: 120 }, resolution: { count: 120, p50_seconds: 420, p90_seconds: 1500 },
  targets: [{ name: '轻微事故定损 24 小时', total: 90, attained: 84, rate: 0.933 }, { name: '投诉 24 小时反馈', total: 31, attained: 30, rate: 0.968 }],
  complaints: {
    total: 31, by_category: [{ category: 'delay', count: 14 }, { category: 'amount', count: 9 }], by_severity: [{ severity: 'minor', count: 20 }, { severity: 'serious', count: 3 }],
    by_level: [{ level: 'first_line', count: 25 }, { level: 'specialist', count: 6 }], first_feedback_rate: 0.968, overdue: 1,
  },
  satisfaction: {
    count: 210, average: 4.31, human: { count: 90, average: 4.5 }, bot: { count: 120, average: 4.17 },
    dimensions: [{ name: '流程便捷性', count: 80, average: 4.2 }, { name: '沟通效率', count: 80, average: 4.4 }, { name: '金额合理性', count: 70, average: 3.9 }], low: 9,
  },
  unanswered: [{ text: '=能不能先借车', count: 4 }, { text: '保险到期了还能报吗', count: 3 }],
  wording: { stops: 12, rewrites: 31, by_rule: [{ rule: 'B07', count: 8 }, { rule: 'B06', count: 20 }] },
};
