/** The names of the codes that are stored. A code that is not listed is shown as it is. */
type Names = Record<string, string>;

const roles: Names = { first_line: '一线客服', specialist: '理赔专员', supervisor: '主管', administrator: '管理员' };
const reasons: Names = {
  asked: '客户要求', not_understood: '未能理解', angry: '情绪激动', complaint: '投诉', escalated_outside: '监管/媒体/律师', injury: '人员受伤',
  self_harm: '人身安全', identity: '身份核实失败', dispute: '争议', privacy: '隐私', fraud: '风险核查', report: '报案', appointment: '预约',
  bot_down: '机器人故障', taken_over: '坐席接管', low_rating: '低分评价', unconfirmed: '答复未确认',
};
const stays: Names = { waiting: '排队', accepted: '服务中', returned: '已交还', closed: '已结束', cancelled: '客户取消', timed_out: '排队超时', expired: '自动结束' };
const flags: Names = {
  injury: '人伤', complaint: '投诉', regulator: '监管', media: '媒体', lawyer: '律师', repeated: '重复投诉', angry: '激动', threat: '威胁',
  self_harm: '人身安全', fraud: '重点核查', vip: '优先跟进', high_risk: '优先跟进',
};
const moods: Names = { calm: '平静', worried: '担心', angry: '生气', threatening: '激烈', neutral: '平静', upset: '不满', sad: '难过' };
const channels: Names = { app: 'App', wechat: '微信公众号', wecom: '微信客服' };
const deliveries: Names = { pending: '待发送', sending: '发送中', waiting: '等客户下次发言', dropped: '未发送', failed: '发送失败' };
const deliveryErrors: Names = {
  budget: '本轮可发条数已用完', window_closed: '已超过48小时可回复时间', long: '超过两条，余下部分等客户回复', unsure: '未收到平台确认',
  interrupted: '发送被中断', unfollowed: '客户已取消关注', '-1': '平台繁忙', '45015': '平台提示可回复时间已过', '45047': '平台提示可发条数已用完',
  '40003': '客户标识无效', '43004': '客户已取消关注', '48002': '客户已拒收消息', '45009': '接口当日额度已用完', '45011': '接口调用过于频繁',
  '95001': '平台提示可发条数已用完', '95018': '会话已结束或正由其他坐席接待',
};
const suggestionStates: Names = { open: '待评估', adopted: '已采纳', declined: '未采纳' };
const riskKinds: Names = { repeated: '多次投诉', amount: '金额异常' };
const schemeKinds: Names = { priority: '优先加急处理', supervisor_review: '主管复核并书面答复', written_apology: '书面致歉' };
const categories: Names = { delay: '时效', amount: '金额', attitude: '服务态度', process: '流程', documents: '材料', other: '其他' };
const severities: Names = { minor: '轻微', medium: '中度', serious: '严重' };
const levels: Names = { first_line: '一线客服', specialist: '理赔专员团队', cross_department: '跨部门小组', outside: '外部调解' };
const states: Names = { open: '处理中', answered: '已答复', confirmed: '客户已确认', withdrawn: '已撤回', closed: '已办结' };
const replies: Names = { phone: '电话', sms: '短信', app: 'App 消息', email: '邮件' };
const confirmations: Names = { received: '收到', satisfied: '满意', unsatisfied: '不满意', person: '需要人工' };
const checks: Names = {
  file: '调取案件资料', estimate: '调取定损报告', quotation: '核对维修报价', details: '与客户确认细节', recording: '核对通话/聊天记录',
  repairer: '合作修理厂反馈', duplicates: '重复材料核对',
};
const claimStatus: Names = {
  REGISTERED: '已报案', DISPATCHED: '已派工', SURVEYED: '查勘完成', DOCS_PARTIAL: '待补资料', DOCS_SUBMITTED: '已提交资料', ASSESSING: '定损中',
  ASSESSED: '定损完成', DISPUTED: '定损异议', UNDERWRITTEN: '核赔中', AGREED: '已达成协议', PAYING: '支付处理中', PAID: '已支付', CLOSED: '已结案',
  REJECTED: '不予赔付', WITHDRAWN: '已注销', SUBROGATION: '代位求偿',
};
const kinds: Names = {
  single: '单方事故', two_party: '双方事故', injury: '人伤', theft: '盗抢', glass: '玻璃', flood: '水淹', fire: '火灾', scratch: '划痕', property: '物损',
};
const coverages: Names = { compulsory: '交强险', own_damage: '车损险', third_party: '三者险', passenger: '车上人员', scratch: '划痕险' };
const documents: Names = {
  claim_form: '索赔申请书', driving_licence: '驾驶证', vehicle_licence: '行驶证', id_card: '身份证', bank_account: '收款账户', accident_certificate: '事故认定书',
  settlement_agreement: '自行协商协议书', repair_invoice: '维修发票', repair_list: '维修清单', damage_photos: '损失照片', medical_records: '病历',
  medical_invoices: '医疗票据', income_proof: '收入证明', police_report: '报案回执', unsolved_certificate: '未侦破证明', fire_certificate: '火灾证明',
  weather_certificate: '气象证明', third_party_documents: '对方资料', receipt: '赔款收据', authorisation_letter: '授权委托书',
};
const routes: Names = {
  faq: '知识问答', claim_status: '查进度', report_claim: '报案', materials: '材料', photo: '拍照', appointment: '预约', complaint: '投诉',
  complaint_status: '投诉进度', human: '转人工', rating: '评价', emergency: '紧急', smalltalk: '寒暄', clarify: '澄清', out_of_scope: '范围外',
};

export const names = {
  roles, reasons, stays, flags, moods, channels, deliveries, deliveryErrors, categories, severities, levels, states, replies, confirmations, checks, claimStatus, kinds, coverages,
  documents, routes, suggestionStates, riskKinds, schemeKinds,
};

export function nameOf(kind: keyof typeof names, code: string | null | undefined): string {
  return code ? names[kind][code] ?? code : '';
}

export const options = (kind: keyof typeof names): { value: string; label: string }[] =>
  Object.entries(names[kind]).map(([value, label]) => ({ value, label }));

const RED = new Set(['injury', 'self_harm', 'threat']);
const MAGENTA = new Set(['regulator', 'media', 'lawyer', 'escalated_outside']);

/** The colour of a tag: harm red, outside bodies magenta, complaints orange, anger volcano, the rest blue. */
export function colourOf(code: string): string {
  if (RED.has(code)) return 'red';
  if (MAGENTA.has(code)) return 'magenta';
  if (code === 'complaint' || code === 'repeated') return 'orange';
  if (code === 'angry' || code === 'threatening') return 'volcano';
  return 'blue';
}

/** Who stands behind a line of a log: `agent:lin`, `customer:C1001`, `bot`. */
export function actorOf(actor: string): string {
  const [kind, name] = actor.split(':', 2) as [string, string | undefined];
  const who = { agent: '坐席', customer: '客户', guest: '访客', bot: '智能客服', system: '系统' }[kind];
  return who ? (kind === 'agent' && name ? `${who} ${name}` : who) : actor;
}
