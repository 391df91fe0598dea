import { Spin } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { DeskApi } from './api';
import { Login } from './Login';
import { Shell } from './Shell';
import type { Agent } from './types';
import { forgetDrafts } from './work/drafts';
import { zh } from './zh';

export function DeskApp() {
  const [agent, setAgent] = useState<Agent | null>(null);
  const [asked, setAsked] = useState(false);
  const [notice, setNotice] = useState('');
  const api = useMemo(() => new DeskApi(() => {
    setAgent((was) => {
      if (was) setNotice(zh.login.ended);
      return null;
    });
  }), []);
  useEffect(() => {
    api.me().then(setAgent, () => undefined).finally(() => setAsked(true));
  }, [api]);
  if (!asked) return <main className="Centre"><Spin description={zh.loading} /></main>;
  if (!agent) return <Login api={api} notice={notice} onLogin={setAgent} />;
  const logout = (): void => {
    void api.logout().catch(() => undefined);
    forgetDrafts();
    setNotice('');
    setAgent(null);
  };
  return <Shell key={agent.id} api={api} agent={agent} onLogout={logout} />;
}
