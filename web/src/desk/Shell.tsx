import { BellOutlined, LogoutOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { Alert, Badge, Button, Popover, Tag } from 'antd';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { safeStorage } from '../shared/util';
import type { DeskApi } from './api';
import { BoardPage } from './board/BoardPage';
import { FollowUpPage } from './board/FollowUpPage';
import { SuggestionsPage } from './board/SuggestionsPage';
import { CallbacksPage } from './complaints/CallbacksPage';
import { ComplaintsPage } from './complaints/ComplaintsPage';
import { SchemesPage } from './complaints/SchemesPage';
import { DeskContext, useLoaded, type Desk } from './context';
import { nameOf } from './labels';
import { WeeklyPage } from './reports/WeeklyPage';
import { isSpecialist, isWatcher, type Agent } from './types';
import { useQueue } from './useQueue';
import { WorkPage } from './work/WorkPage';
import { zh } from './zh';

const storage = safeStorage(() => window.localStorage);

/** Where in the desk one is: `#/work/ID`, `#/complaints/NO`, `#/callbacks`, `#/following`, `#/suggestions`, `#/schemes`, `#/board`, `#/weekly`. */
export function useHash(): [string, string] {
  const read = (): [string, string] => {
    const [, page = '', rest = ''] = window.location.hash.split('/');
    return [page || 'work', decodeURIComponent(rest)];
  };
  const [where, setWhere] = useState(read);
  useEffect(() => {
    const changed = (): void => setWhere(read());
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return where;
}

export function Shell({ api, agent, onLogout }: { api: DeskApi; agent: Agent; onLogout: () => void }) {
  const [sound, setSound] = useState(() => storage.getItem('desk.sound') !== 'off');
  const live = useQueue(api, sound);
  const [page, id] = useHash();
  const desk = useMemo<Desk>(() => ({ api, agent, sound, setSound, ...live }), [api, agent, sound, live]);
  useEffect(() => {
    storage.setItem('desk.sound', sound ? 'on' : 'off');
  }, [sound]);
  return (
    <DeskContext.Provider value={desk}>
      <div className="Shell">
        <header className="Bar">
          <h1>{zh.title}</h1>
          <nav aria-label={zh.title}>
            <Tab page="work" current={page}><Badge size="small" count={live.queue.waiting.length} offset={[10, -2]}>{zh.nav.work}</Badge></Tab>
            <Tab page="complaints" current={page}>{zh.nav.complaints}</Tab>
            <Tab page="callbacks" current={page}>{zh.nav.callbacks}</Tab>
            {isSpecialist(agent) && <FollowUpTab current={page} api={api} pulse={live.pulse} />}
            <Tab page="suggestions" current={page}>{zh.nav.suggestions}</Tab>
            {isWatcher(agent) && <Tab page="schemes" current={page}>{zh.nav.schemes}</Tab>}
            {isWatcher(agent) && <Tab page="board" current={page}>{zh.nav.board}</Tab>}
            {isWatcher(agent) && <Tab page="weekly" current={page}>{zh.nav.weekly}</Tab>}
          </nav>
          <div className="Bar-right">
            <Popover trigger="click" title={zh.nav.keys} content={<Keys />}>
              <Button type="text" icon={<QuestionCircleOutlined />} aria-label={zh.nav.keys} />
            </Popover>
            <Button type="text" icon={<BellOutlined />} aria-pressed={sound} onClick={() => setSound(!sound)}>{sound ? zh.nav.soundOn : zh.nav.soundOff}</Button>
            <span>{agent.name} <Tag>{nameOf('roles', agent.role)}</Tag></span>
            <Button type="text" icon={<LogoutOutlined />} onClick={onLogout}>{zh.nav.logout}</Button>
          </div>
        </header>
        {live.linkDown && <Alert banner type="warning" title={zh.link.down} />}
        <main className="Page">
          <Shown page={page} id={id} agent={agent} />
        </main>
      </div>
    </DeskContext.Provider>
  );
}

function Shown({ page, id, agent }: { page: string; id: string; agent: Agent }) {
  const [watcher, specialist] = [isWatcher(agent), isSpecialist(agent)];
  if (page === 'complaints') return <ComplaintsPage no={id} />;
  if (page === 'callbacks') return <CallbacksPage />;
  if (page === 'suggestions') return <SuggestionsPage />;
  if (page === 'following' && specialist) return <FollowUpPage />;
  if (page === 'schemes' && watcher) return <SchemesPage />;
  if (page === 'board' && watcher) return <BoardPage />;
  if (page === 'weekly' && watcher) return <WeeklyPage />;
  return <WorkPage id={page === 'work' ? id : ''} />;
}

/** How many customers a specialist has still to follow up first. */
function FollowUpTab({ current, api, pulse }: { current: string; api: DeskApi; pulse: number }) {
  const { data } = useLoaded(() => api.toFollowUp(), `follow-up/${pulse}`);
  return <Tab page="following" current={current}><Badge size="small" count={data?.length ?? 0} offset={[10, -2]}>{zh.nav.following}</Badge></Tab>;
}

function Tab({ page, current, children }: { page: string; current: string; children: ReactNode }) {
  return <a href={`#/${page}`} aria-current={page === current ? 'page' : undefined}>{children}</a>;
}

function Keys() {
  return (
    <dl className="Keys">
      {zh.keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}
    </dl>
  );
}
