/** Everything the desk page itself says. */
export const zh = {
  title: '理赔坐席工作台',
  login: { title: '坐席登录', username: '用户名', password: '密码', submit: '登录', ended: '登录已失效，请重新登录' },
  nav: { work: '会话', complaints: '投诉', callbacks: '回电', schemes: '补偿方案', following: '优先跟进', suggestions: '建议', board: '监控', weekly: '周报', logout: '退出', soundOn: '提示音已开', soundOff: '提示音已关', keys: '快捷键' },
  link: { down: '与服务器的连接已中断，正在重新连接…' },
  failed: '操作没有成功，请稍后再试', network: '网络不通，请稍后再试', absent: '服务器暂未提供此功能',
  cancel: '取消', ok: '确定', save: '保存', refresh: '刷新', none: '无', retry: '重试', loading: '加载中',

  queue: {
    waiting: '排队中', mine: '我的会话', all: '全部人工会话', bot: '机器人会话', empty: '暂无排队', emptyMine: '暂无会话',
    accept: '接入', take: '接管', next: '接入下一位', waited: (time: string) => `已等 ${time}`, guest: '访客', taken: '该会话已被其他坐席接入',
    takenBy: (name: string) => `该会话已由${name}接入`, heldBy: (name: string) => `${name} 接待中`, wants: (role: string) => `转给${role}`, unread: '有新消息',
  },
  talk: {
    none: '请从左侧选择会话', log: '聊天记录', customer: '客户', bot: '智能客服', agent: '人工客服', system: '系统', summary: '客户诉求摘要',
    takeOver: '接管会话', accept: '接入会话', notYours: '接入后才能回复', closed: '会话已结束', withOther: (name: string) => `由 ${name} 接待`,
    image: '客户图片', imageFailed: '图片无法显示', route: '识别为', cited: '依据', choices: '选项',
  },
  delivery: {
    window: (left: number, of: number, closes: string) => `还可发送 ${left}/${of} 条 · 窗口至 ${closes}`, shut: '可回复时间已过，新内容会等客户下次发言时送达',
    unbound: '未绑定客户', stuck: (n: number) => `有 ${n} 条消息未送达`, announced: '已用模板消息提醒',
  },
  compose: {
    label: '回复客户', place: '输入回复；开头按 / 选快捷短语，Enter 发送，Shift+Enter 换行', send: '发送', faq: '知识库', phrases: '快捷短语', note: '备注',
    max: 2000, count: (n: number) => `${n}/2000`, draft: '草稿已保存', sending: '发送中',
  },
  wording: {
    block: '含有不能发送的用语，请修改后再发送', rewrite: '发送时将按规范改写', warn: '建议修改', adopt: '采用', instead: '建议表述', why: '原因',
    checking: '检查中', pass: '用语合规', failed: '用语检查暂不可用，发送时仍会检查',
    levels: { block: '禁止', rewrite: '改写', need_cite: '缺少依据', warn: '提醒', cite: '缺少依据', soften: '改写' } as Record<string, string>,
  },
  faq: { title: '知识库检索', place: '输入关键词检索标准答案', insert: '插入答案', cite: '依据', none: '没有找到相关条目' },
  actions: {
    note: '内部备注', transfer: '转接', escalate: '升级', giveBack: '交还机器人', close: '结束会话', more: '更多',
    noteHelp: '仅坐席可见', noteText: '备注内容', to: '转给', why: '说明', backNote: '给机器人和客户的服务记录', closeSummary: '服务小结',
    backHelp: '客户会看到这段服务记录，请使用规范用语', closeHelp: '记录客户诉求、处理结果和后续安排', complaint: '登记投诉', done: '已完成', required: '请填写',
  },
  side: {
    overview: '概况', files: '保单案件', history: '记录', customer: '客户信息', name: '姓名', phone: '电话', contact: '联系方式', channel: '渠道', mood: '情绪',
    flags: '标记', tags: '服务标签', tagPlace: '输入后回车添加', collected: '机器人已收集', guest: '访客，未核实身份', reveal: '查看完整号码', revealWhy: '查看原因（将被审计）',
    revealed: '号码仅用于本次服务', policies: '保单', claims: '案件', missing: '待补材料', injured: '涉及人伤', timeline: '进度', valid: '有效期', limit: '限额', deductible: '免赔',
    tickets: '投诉工单', reports: '报案与预约', stays: '人工服务记录', notes: '内部备注', earlier: '以往咨询', ratings: '评价',
  },
  keys: [
    ['Enter / Shift+Enter', '发送 / 换行（输入法选词时不会发送）'], ['/', '在空白输入框中打开快捷短语'], ['Ctrl + /', '检索知识库'],
    ['Alt + N', '接入下一位排队客户'], ['Alt + ↑ / ↓', '切换我的会话'], ['Alt + 1…9', '打开第 n 个我的会话'], ['Esc', '关闭弹层'],
  ] as [string, string][],
  complaint: {
    title: '投诉工单', no: '编号', category: '类型', severity: '等级', level: '当前层级', state: '状态', created: '受理时间', feedback: '首次反馈', legal: '法定期限',
    levelDue: '本级时限', claim: '案件号', what: '情况', wanted: '诉求', via: '答复方式', contact: '联系方式', log: '处理记录（不可修改）', checks: '核实清单', flags: '标记',
    open: '处理中', overdue: '已超时', left: (time: string) => `剩 ${time}`, over: (time: string) => `超 ${time}`, doneAt: (time: string) => `已于 ${time} 完成`,
    legalDays: (days: number) => `法定 ${days} 日`, serviceClock: '服务时限', legalClock: '法定时限', toConversation: '查看会话', related: '同一客户的其他投诉', back: '返回列表',
    all: '全部', filterOpen: '未办结', search: '编号、案件号或内容', register: '登记投诉', schemesOff: '补偿方案未启用（须主管批准清单）', scheme: '补偿方案',
    action: {
      classify: '调整分类', check: '核实', feedback: '反馈进展', answer: '答复结果', confirm: '客户确认', escalate: '升级', extend: '延长法定期限', scheme: '补偿方案',
      withdraw: '客户撤回', close: '办结', note: '内部记录', filed: '登记', added: '补充', party_add: '登记被投诉人', party_remove: '移除被投诉人', callback_end: '回电取消',
      await: '等待客户补充', resume: '继续处理', overdue: '超过时限', ask_again: '再次征询客户', expired: '自动结束',
    } as Record<string, string>,
    form: { text: '内容', reason: '原因', expected: '预计再次反馈时间', result: '客户回复', days: '延长至', note: '说明' },
    waiting: (since: string) => `等待客户补充（自 ${since}），服务时限暂停`, waitingLegal: '法定时限照常计算',
    sentTo: '以下内容将发送给客户，请使用规范用语',
    parties: '被投诉人（回避）', partiesHelp: '被投诉人看不到也不能处理这件投诉', party: '被投诉人', partyAdd: '添加被投诉人', partyRemove: '移除', noParties: '未登记被投诉人',
    partyWhy: '原因（计入处理记录）', about: '被投诉的坐席（选填）', recused: (no: string) => `投诉 ${no} 已登记；您是被投诉人，按回避要求由其他同事处理`,
  },
  callbacks: {
    title: '待回电', reason: '原因', due: '应回电时间', phone: '电话', summary: '事项', conversation: '会话', open: '查看会话', done: '已回电', overdue: '已逾期',
    note: '回电情况', empty: '没有待回电的客户', created: '登记时间',
  },
  suggestions: {
    title: '意见、建议', write: '提交建议', text: '建议内容', topic: '主题（选填）', complaint: '相关投诉编号（选填）', by: '提交人', at: '提交时间', state: '状态', note: '评估说明',
    adopt: '采纳', decline: '不采纳', empty: '暂无建议', ownOnly: '这里只显示您本人提交的建议和评估结果', mark: '评估',
  },
  risk: {
    title: '优先跟进', rule: '仅供内部优先跟进：不得向客户提及，不作为拒绝或放慢服务的理由', why: '原因', at: '标注时间', customer: '客户', conversation: '最近会话',
    figures: (loss: string, limit: string) => `估损 ${loss} 元，高于保单限额 ${limit} 元`, done: '已跟进', doneNote: '跟进情况', remove: '移除标注', removeWhy: '移除原因（将被审计）',
    followed: (at: string) => `已于 ${at} 跟进`, empty: '没有需要优先跟进的客户',
  },
  schemes: {
    title: '补偿方案', off: '补偿方案未启用：清单为空时，任何投诉都不能使用补偿方案', on: '以下方案已启用，仅主管可以用于投诉', kind: '类型', name: '名称', legal: '法务依据',
    approved: '启用时间', approve: '启用方案', end: '停用', endAsk: '停用后不能再用于投诉，确定停用吗？',
    rule: '只能启用不涉及费用的措施，并须有法务书面意见的编号',
  },
  board: {
    title: '实时监控', waiting: '排队人数', longest: '最长等待', people: '人工服务中', bot: '机器人服务中', agents: '坐席状态', state: '状态', online: '在线', offline: '离线',
    load: '会话数', breaches: '超时与预警', noBreach: '暂无超时', reassign: '改派', reassignTo: '改派给', sessions: '进行中的会话', due: '时限', role: '角色',
    types: { queue: '排队超时', first_feedback: '首次反馈', level: '层级时限', legal: '法定期限', claim: '案件时效', promised: '承诺反馈', callback: '回电超时', outside: '监管/媒体/律师' } as Record<string, string>,
  },
  weekly: {
    title: '服务周报', prev: '上一周', next: '下一周', csv: '导出 CSV', print: '打印', volume: '会话量', byDay: '每日会话与转人工', conversations: '会话', messages: '消息', handovers: '转人工',
    selfRate: '自助解决率', topics: '高频问题', reasons: '转人工原因', first: '首次响应', resolution: '解决时长', p50: '中位数', p90: '九成以内', targets: '公示时效达成率',
    complaints: '投诉', categories: '投诉类型', severities: '投诉等级', levels: '处理层级', feedbackRate: '24 小时反馈率', overdue: '超时', satisfaction: '满意度', average: '平均分',
    human: '人工', bot: '智能客服', low: '低分（需回访）', unanswered: '未答出的问题', wording: '用语拦截', stops: '拦截', rewrites: '改写', rules: '触发规则', suggestions: '一线建议', written: '新提交', adopted: '采纳', declined: '未采纳', waiting: '待评估',
    item: '项目', count: '数量', rate: '比例', total: '总数', attained: '达成', value: '数值', section: '分类', empty: '本周暂无数据', of: (a: number, b: number) => `${a} / ${b}`,
  },
};
