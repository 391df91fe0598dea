import type { Message } from '../src/shared/types';
import { own, say, type Conversation } from './mock-store.ts';

const label = (...labels: string[]) => labels.map((text) => ({ id: '', label: text }));

const STATUS: Partial<Message> = {
  kind: 'card', text: '您的案件目前“待补充资料”，更新于今天 10:20。', meta: { route: 'claim_status' },
  data: {
    card: {
      type: 'claim_status', claim_no: 'RDAA202611050000000001', status: '待补充资料',
      steps: [
        { name: '已受理', state: 'done' }, { name: '资料', state: 'current' }, { name: '定损', state: 'todo' },
        { name: '待支付', state: 'todo' }, { name: '已结案', state: 'todo' },
      ],
      since: new Date(Date.now() - 3_600_000).toISOString(), missing: ['驾驶证', '维修发票'],
      next: '补齐资料后 1 个工作日内完成审核', target: '资料齐全后 3 个工作日内完成定损', legal: '达成赔偿协议后 10 日内支付（《保险法》第二十三条）',
    },
  },
};
const LIST: Partial<Message> = {
  kind: 'card', text: '单方事故需要这些材料，已有的不用重复提交：', meta: { route: 'materials', faq_id: 'materials_single' },
  data: {
    card: {
      type: 'checklist', title: '单方事故材料清单', items: [
        { name: '索赔申请', required: true, hint: '线上确认即可', have: true },
        { name: '行驶证、驾驶证', required: true, hint: '正副页，四角完整、无反光' },
        { name: '收款账户', required: true, hint: '限被保险人本人，请在“上传资料”页提交' },
        { name: '维修发票和清单', required: false, hint: '车损 500 元以下可选简易定损，只需照片' },
      ],
    },
  },
};
const SHOTS: Partial<Message> = {
  kind: 'card', text: '请先确认人员安全、开启双闪、放置三角牌，再按顺序拍摄：', meta: { route: 'photo' },
  data: {
    card: {
      type: 'photo_guide', shots: [
        { id: 'P1', name: '现场全景（前向）', hint: '能看到车牌和周围道路', required: true, done: true },
        { id: 'P3', name: '45° 全车带车牌', hint: '全车入镜，车牌清晰', required: true, done: false },
        { id: 'P6', name: '损伤部位近景', hint: '每处一张，光线从侧面来', required: true, done: false },
        { id: 'P12', name: '里程表', hint: null, required: false, done: false },
      ],
    },
  },
};
const TICKET: Partial<Message> = {
  kind: 'card', text: '您的投诉已登记。服务目标是 24 小时内向您反馈结果或进展；法定处理期限是 15 日，情况复杂的可延长。您也可以拨打 12378。',
  meta: { route: 'complaint' },
  data: { card: { type: 'ticket', no: 'TS20261121000001', category: '理赔时效', feedback_by: new Date(Date.now() + 86_400_000).toISOString(), legal: '自受理起 15 日内答复' } },
};

const RULES: [RegExp, (where: Conversation) => void][] = [
  [/取消排队/, (where) => { own(where, 'bot'); say(where, { text: '已为您取消排队，我继续为您服务。' }); }],
  [/转人工|人工/, (where) => {
    own(where, 'queued');
    say(where, { text: '正在为您转接人工客服，您前面还有 1 位。', meta: { route: 'human', position: 2 } });
  }],
  [/进度/, (where) => say(where, STATUS)],
  [/材料/, (where) => say(where, LIST)],
  [/拍照/, (where) => say(where, SHOTS)],
  [/投诉/, (where) => say(where, TICKET)],
  [/评价|评分/, (where) => say(where, { kind: 'rating', text: '', choices: label('1分', '2分', '3分', '4分', '5分'), meta: { route: 'rating' } })],
  [/结束/, (where) => { own(where, 'closed'); say(where, { from: 'system', text: '本次咨询已结束，感谢您的使用。' }); }],
  [/报案/, (where) => say(where, { kind: 'choices', text: '请先确认安全。现场有人受伤吗？', choices: label('没有人受伤', '有人受伤', '不确定'), meta: { route: 'report_claim' } })],
];

export function answer(where: Conversation, message: Message): void {
  if (message.kind === 'image') {
    say(where, { text: '已收到第 1 张照片，还差 2 张必拍照片。', meta: { route: 'photo' } });
    return;
  }
  const rule = RULES.find(([pattern]) => pattern.test(message.text));
  if (rule) rule[1](where);
  else say(where, { text: `您问的是“${message.text.slice(0, 20)}”。\n是否属于保险责任需要经过核定，以您保险单所附条款为准。\n您可以继续补充事故经过，或选择转人工。`, meta: { route: 'faq' } });
}
