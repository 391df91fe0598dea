import type { Phrase } from '../types';

/** Used where the server offers none. They pass the wording review like everything else that is sent. */
export const PHRASES: Phrase[] = [
  { key: 'nh', title: '问候', text: '您好，我是人工客服，已经看到您前面说明的情况，请稍等，我先核对案件信息。' },
  { key: 'aq', title: '安全提醒', text: '请先确认人员安全。有人受伤请立即拨打120，并拨打122报警。' },
  { key: 'ab', title: '安抚', text: '给您带来不便，深表歉意。请您放心，我们会尽快处理，并把进展告诉您。' },
  { key: 'hs', title: '需要核实', text: '这部分需要进一步核实，核实后我会在这里答复您。' },
  { key: 'cl', title: '补充材料', text: '目前案件还需要补充材料，请在App“上传资料”页提交。病历、银行卡等请不要发在对话里。' },
  { key: 'fh', title: '复核渠道', text: '您对定损结果有异议的，可以申请复核，也可以共同委托有资质的第三方评估。需要我为您登记吗？' },
  { key: 'ts', title: '投诉说明', text: '您的投诉我们已受理。服务目标是24小时内向您反馈结果或进展，法定期限为收到之日起15日，情况复杂的可延长。您也可以拨打12378。' },
  { key: 'qr', title: '确认理解', text: '请问您是否清楚后续流程？是否还有其他疑问？' },
  { key: 'jy', title: '结束语', text: '感谢您的咨询。如有新的情况，可以随时在这里联系我们。' },
];

/** The phrases that fit what was typed behind the slash: key, title or text. */
export function matching(phrases: Phrase[], typed: string): Phrase[] {
  const wanted = typed.trim().toLowerCase();
  return phrases.filter(({ key, title, text }) => !wanted || key.startsWith(wanted) || title.includes(wanted) || text.includes(wanted));
}
