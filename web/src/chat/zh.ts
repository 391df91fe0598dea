/** Everything this page itself says. What the assistant says comes from the server. */
export const zh = {
  title: '车险理赔智能客服',
  bot: '智能客服',
  agent: '人工客服',
  agentNamed: (name: string) => `人工客服 ${name}`,
  me: '我',
  says: (who: string) => `${who}：`,
  log: '聊天记录',
  toolbar: '快捷操作',
  chips: '您可能想问',

  human: '转人工',
  cancelQueue: '取消排队',
  large: '大字',
  largeOn: '切换到大字模式',
  largeOff: '退出大字模式',
  photo: '发送照片',
  input: '输入您想咨询的问题',
  inputLabel: '消息内容',
  send: '发送',
  tooLong: (over: number) => `每条最多 500 字，已超出 ${over} 字`,
  left: (n: number) => `还可输入 ${n} 字`,
  fromPerson: '发送给人工客服',

  withBot: '由智能客服为您服务',
  withAgent: (name: string) => (name ? `人工客服 ${name} 正在为您服务` : '人工客服正在为您服务'),
  queued: '正在为您转接人工客服',
  queuedAt: (n: number) => (n > 1 ? `正在排队，您前面还有 ${n - 1} 位` : '正在排队，下一位就是您'),
  queuedHint: '排队期间您仍可继续提问',
  closedState: '本次咨询已结束',
  typing: '正在输入',
  typingBot: '智能客服正在输入',
  typingAgent: '人工客服正在输入',

  starting: '正在连接…',
  offline: '网络已断开，您的消息会在恢复后自动发送',
  reconnecting: '连接中断，正在重新连接…',
  expired: '为保护您的信息，本次会话已失效，请重新开始咨询。',
  restart: '开始新的咨询',
  startFailed: '暂时连接不上客服，请检查网络后重试。',
  retryStart: '重新连接',
  loginRefused: '登录信息已失效。您可以返回 App 重新登录，或以访客身份继续咨询。',
  asGuest: '以访客身份继续',

  sending: '发送中',
  waiting: '待网络恢复后发送',
  sendFailed: '没有发送成功',
  resend: '重新发送',
  discard: '删除',
  imageWait: '照片上传中',
  imageLost: '照片已失效，请重新选择',
  imagePoor: '这张照片可能不够清楚',
  imageConfirm: '照片已上传，但可能需要重拍：',
  sendAnyway: '仍然发送',
  retake: '重新拍摄',
  imageTooBig: '照片不能超过 10 MB，请压缩后再发',
  imageKind: '请选择 JPG、PNG、WebP 或 HEIC 格式的照片',
  imageAlt: '您发送的照片',
  imageFailed: '照片暂时无法显示',
  imageOpen: '查看大图',
  close: '关闭',
  newMessages: (n: number) => `${n} 条新消息`,
  toEnd: '回到底部',

  past: {
    title: '以前的咨询记录', open: '查看以前的咨询记录', more: '更早的记录', start: '没有更早的记录', none: '没有以前的咨询记录',
    end: '以上是以前的咨询记录', failed: '以前的记录暂时无法显示，请稍后再试',
    where: { app: '来自 App', wechat: '来自微信', wecom: '来自微信客服' },
  },

  chooseLabel: '请选择',
  chosen: '已选择',

  claim: {
    title: '理赔进度', no: '案件号', status: '当前状态', since: '更新时间', missing: '还需补充', next: '下一步',
    target: '服务目标', legal: '法定时限', done: '已完成', current: '进行中', todo: '未开始', steps: '办理进度',
  },
  list: { title: '材料清单', required: '必备', optional: '视情况', have: '已有', progress: (n: number, all: number) => `已备 ${n} / ${all}` },
  ticket: { titles: { TS: '投诉已登记', BA: '报案信息已登记', YY: '预约已登记', SJ: '已登记升级' } as Record<string, string>, title: '已登记', no: '受理编号', category: '问题类型', feedback: '首次反馈', legal: '法定时限', copy: '复制编号', copied: '已复制' },
  shots: { title: '拍照指引', required: '必拍', optional: '选拍', done: '已收到', todo: '待拍摄' },

  rating: {
    title: '请为本次服务评分', points: ['很不满意', '不满意', '一般', '满意', '非常满意'], star: (n: number) => `${n} 分`,
    more: '补充评价（选填）', dims: ['流程便捷性', '沟通效率', '金额合理性'], comment: '您觉得哪些环节可以改进？（选填）',
    submit: '提交评价', thanks: '感谢您的评价', overall: '总体满意度',
  },
};

/** The sentences that the buttons send, in the customer's name. */
export const says = { human: '转人工', cancelQueue: '取消排队' };

/** What the page offers when the server's welcome does not come with chips. */
export const defaultChips = ['查理赔进度', '我要报案', '需要哪些材料', '怎么拍照定损', '我要投诉'];
