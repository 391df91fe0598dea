import { jsonOf, send, type Handler } from './mock.ts';
import { CLAIMS, COMPLAINTS, FAQ, POLICIES, WEEKLY } from './mock-data.ts';
import { conversations, deskListeners, open, own, say, type Conversation } from './mock-store.ts';

const AGENT = { id: 1, username: 'lead', name: '林组长', role: 'supervisor' };
const state = { loggedIn: false, seeded: false };

function row(one: Conversation) {
  const known = one.id.startsWith('seed');
  return {
    conversation_id: one.id, channel: one.id === 'seed2' ? 'wechat' : 'app', owner: one.owner, mood: one.id === 'seed1' ? 'angry' : null,
    flags: one.id === 'seed1' ? ['complaint', 'regulator'] : one.id === 'seed2' ? ['injury'] : [],
    active_at: one.messages[one.messages.length - 1]?.at ?? new Date().toISOString(), agent: one.agent, customer: known ? '王*' : null,
  };
}

function waiting(one: Conversation) {
  const base = row(one);
  return {
    ...base, reason: base.flags[0] ?? 'asked', priority: base.flags.includes('injury') ? 90 : base.flags.length ? 70 : 10,
    summary: one.id === 'seed1' ? '客户反映定损后20天未收到赔款，要求说明原因并尽快支付，表示将拨打12378。' : '客户要求人工服务。',
    waited_seconds: Math.round((Date.now() - one.since) / 1000), wanted_role: null,
  };
}

function queue() {
  const all = [...conversations.values()];
  const queued = all.filter((one) => one.owner === 'queued').map(waiting).sort((a, b) => b.priority - a.priority);
  const people = all.filter((one) => one.owner === 'human');
  return {
    waiting: queued, mine: people.filter((one) => one.agent === AGENT.name).map(row),
    all: all.filter((one) => one.owner === 'queued' || one.owner === 'human').map(row),
  };
}

function seed(): void {
  if (state.seeded) return;
  state.seeded = true;
  for (const id of ['seed1', 'seed2', 'seed3']) {
    const made = open();
    conversations.delete(made.id);
    conversations.set(id, Object.assign(made, { id }));
    say(made, { from: 'customer', text: id === 'seed2' ? '我爸被车撞了，人在医院' : '定损都20天了钱还没到，<b>再不到</b>我就打12378！' });
    say(made, { text: '给您带来不便，深表歉意。您的投诉已登记，编号TS20261121000001。', meta: { route: 'complaint', citations: ['complaint_measures_2020'] } });
    say(made, { kind: 'choices', text: '您希望怎么处理？', choices: [{ id: '', label: '说明原因' }, { id: '', label: '转人工' }], meta: { route: 'complaint' } });
    own(made, 'queued');
    made.since -= id === 'seed1' ? 400_000 : 60_000;
  }
}

function detail(one: Conversation) {
  return {
    conversation: { ...row(one), id: one.id, epoch: 2, contact: '138****1234', tags: ['偏好线上'] },
    customer: one.id.startsWith('seed') ? { key: 'C1001', name: '王*', phone: '138****1234' } : null,
    policies: POLICIES, claims: CLAIMS, complaints: COMPLAINTS.slice(0, 1), reports: [],
    handovers: [{ reason: 'complaint', state: 'waiting', flags: [], summary: '要求说明原因', requested_at: new Date().toISOString(), accepted_at: null, ended_at: null, agent_id: null, note: null }],
    notes: [{ text: '已联系定损员核对<script>alert(1)</script>', at: new Date().toISOString(), agent_id: 2 }],
    collected: { complaint_category: 'delay', claim_no: 'RDAA202611050000000001', wanted: '尽快支付并说明原因' },
    summary: waiting(one).summary, messages: one.messages,
  };
}

function review(text: string) {
  const rules: [RegExp, string, string, string, string][] = [
    [/保证[^，。]*到账/, 'B07', 'block', '不得对结果或时间作绝对承诺', '服务目标为3个工作日（自资料齐全起），法定期限为达成协议后10日，实际以核定为准。'],
    [/按公司规定/, 'B06', 'need_cite', '依据要具体到文件和条款', '这部分需要进一步核实。'],
    [/很快/, 'B21', 'warn', '时间表述不明确', '说明服务目标和法定期限'],
  ];
  const hits = rules.flatMap(([pattern, rule, level, reason, advice]) => {
    const found = pattern.exec(text);
    if (!found) return [];
    const start = [...text.slice(0, found.index)].length;
    return [{ rule, span: [start, start + [...found[0]].length], found: found[0], level, reason, advice }];
  });
  const verdict = hits.some((hit) => hit.level === 'block') ? 'block' : hits.some((hit) => hit.level === 'need_cite') ? 'rewrite' : 'pass';
  const out = verdict === 'block' ? hits[0]?.advice : verdict === 'rewrite' ? text.replace(/按公司规定/, '这部分需要进一步核实') : text;
  return { verdict, out, hits };
}

const talk = async (id: string, action: string, request: Parameters<Handler>[0], response: Parameters<Handler>[1]): Promise<true> => {
  const one = conversations.get(id);
  if (!one) return send(response, 404, { error: 'not_found', message: '没有找到对应的内容。' });
  if (request.method === 'GET') return send(response, 200, detail(one));
  const body = (await jsonOf(request)) as { text?: string; note?: string };
  if (action === 'accept') {
    if (id === 'seed3' || one.owner === 'human') return send(response, 409, { error: 'already_taken', message: '该会话已由其他客服接入。', agent: '周敏' });
    own(one, 'human', AGENT.name);
    say(one, { from: 'system', text: `人工坐席${AGENT.name}已接入，由${AGENT.name}为您服务。`, meta: { agent: AGENT.name } });
  } else if (action === 'messages') {
    const result = review(body.text ?? '');
    if (result.verdict === 'block') return send(response, 422, { error: 'wording', message: '内容含有不合规用语，请按提示修改后发送。', review: result });
    say(one, { from: 'agent', text: String(result.out), meta: { agent: AGENT.name } });
  } else if (action === 'return') own(one, 'bot');
  else if (action === 'close') own(one, 'closed');
  else if (action === 'transfer' || action === 'escalate') own(one, 'queued');
  else if (action === 'reveal') return send(response, 200, { value: '13800001234' });
  return send(response, 200, {});
};

export const desk: Handler = async (request, response, url) => {
  const path = url.pathname.replace('/api/desk', '');
  seed();
  if (path === '/login') {
    if ((await jsonOf(request)).password !== 'demo') return send(response, 401, { error: 'login', message: '用户名或密码不正确。' });
    state.loggedIn = true;
  }
  if (!state.loggedIn) return send(response, 401, { error: 'unauthorized', message: '请先登录。' });
  if (path === '/login' || path === '/me') return send(response, 200, { csrf: 'x', agent: AGENT });
  if (path === '/logout') state.loggedIn = false;
  if (path === '/queue') return send(response, 200, queue());
  if (path === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const tell = (): void => void response.write(`event: queue\ndata: ${JSON.stringify(queue())}\n\n`);
    deskListeners.add(tell);
    request.on('close', () => deskListeners.delete(tell));
    tell();
    return true;
  }
  if (path === '/conversations') return send(response, 200, { conversations: [...conversations.values()].filter((one) => one.owner === 'bot').map(row) });
  const [, room, id = '', action = ''] = path.split('/');
  if (room === 'conversations') return talk(id, action, request, response);
  if (path === '/wording/review') return send(response, 200, review(String((await jsonOf(request)).text)));
  if (path === '/faq') return send(response, 200, { results: FAQ });
  if (path === '/complaints') return send(response, 200, { complaints: COMPLAINTS });
  if (room === 'complaints') {
    const log = [{ at: new Date().toISOString(), actor: 'customer:C1001', action: 'filed', text: '定损20天未到账' }, { at: new Date().toISOString(), actor: 'agent:senior', action: 'feedback', text: '已联系财务核对支付状态' }];
    return send(response, 200, { ...COMPLAINTS[0], no: id, log, checks: [{ code: 'file', done: true, by: '林组长', at: new Date().toISOString() }] });
  }
  const agents = [{ id: 1, name: '林组长', role: 'supervisor', online: true, conversations: 1 }, { id: 2, name: '周敏', role: 'first_line', online: true, conversations: 3 }];
  if (path === '/agents') return send(response, 200, { agents });
  if (path === '/board') {
    return send(response, 200, {
      waiting: queue().waiting.length, longest_wait_seconds: 420, with_people: 2, with_bot: 14, agents,
      breaches: [{ type: 'first_feedback', no: 'TS20261121000001', text: '首次反馈超时', due: new Date().toISOString() }],
    });
  }
  if (path === '/reports/weekly') return send(response, 200, { ...WEEKLY, week: url.searchParams.get('week') });
  return send(response, 404, { error: 'not_found', message: '没有找到对应的内容。' });
};
