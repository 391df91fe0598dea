import { Alert, Button, Card, Form, Input } from 'antd';
import { useState } from 'react';
import type { DeskApi } from './api';
import { sentenceFor } from './context';
import type { Agent } from './types';
import { zh } from './zh';

const t = zh.login;

export function Login({ api, notice, onLogin }: { api: DeskApi; notice: string; onLogin: (agent: Agent) => void }) {
  const [error, setError] = useState(notice);
  const [busy, setBusy] = useState(false);
  const submit = (values: { username: string; password: string }): void => {
    setBusy(true);
    api.login(values.username.trim(), values.password).then(onLogin, (refused: unknown) => {
      setError(sentenceFor(refused));
      setBusy(false);
    });
  };
  return (
    <main className="Centre">
      <Card className="LoginCard">
        <h1>{zh.title}</h1>
        {error && <Alert type="warning" showIcon title={error} role="alert" />}
        <Form layout="vertical" requiredMark={false} onFinish={submit} aria-label={t.title}>
          <Form.Item name="username" label={t.username} rules={[{ required: true }]}>
            <Input autoComplete="username" autoFocus maxLength={64} />
          </Form.Item>
          <Form.Item name="password" label={t.password} rules={[{ required: true }]}>
            <Input.Password autoComplete="current-password" maxLength={256} />
          </Form.Item>
          <Button type="primary" htmlType="submit" block size="large" loading={busy}>{t.submit}</Button>
        </Form>
      </Card>
    </main>
  );
}
