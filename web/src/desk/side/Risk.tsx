import { Alert, Button, Form, Input, Modal, Tag } from 'antd';
import { useState } from 'react';
import { moment } from '../../shared/time';
import { useAct, useDesk, useFocusBack } from '../context';
import { nameOf } from '../labels';
import { isSpecialist, isWatcher, type RiskLabel } from '../types';
import { zh } from '../zh';

const t = zh.risk;
const yuan = (value: number | undefined): string => (value ?? 0).toLocaleString('zh-CN');

/** Why a customer is followed up first. */
export function RiskWhy({ label }: { label: RiskLabel }) {
  return (
    <>
      <Tag color="gold">{nameOf('riskKinds', label.kind)}</Tag>
      {label.kind === 'repeated' ? <a href={`#/complaints/${label.subject}`}>{label.subject}</a> : <span>{label.subject}</span>}
      {label.kind === 'amount' && <span> {t.figures(yuan(label.data.loss), yuan(label.data.limit))}</span>}
    </>
  );
}

/** The label in the side panel: its reasons, and what may be done about it. */
export function Risk({ labels, reload }: { labels: RiskLabel[]; reload: () => void }) {
  if (!labels.length) return null;
  return (
    <section aria-label={t.title}>
      <h3>{t.title}</h3>
      <Alert role="note" type="warning" title={t.rule} className="Gap" />
      {labels.map((label) => (
        <div className="Box" key={label.id}>
          <p><RiskWhy label={label} /></p>
          <p className="Quiet">{moment(label.at)} {label.followed_up_at && t.followed(moment(label.followed_up_at))}</p>
          <RiskActions label={label} reload={reload} />
        </div>
      ))}
    </section>
  );
}

export function RiskActions({ label, reload }: { label: RiskLabel; reload: () => void }) {
  const { agent } = useDesk();
  const [doing, setDoing] = useState<'done' | 'remove' | null>(null);
  return (
    <p className="Talk-actions">
      {isSpecialist(agent) && !label.followed_up_at && <Button size="small" onClick={() => setDoing('done')}>{t.done}</Button>}
      {isWatcher(agent) && <Button size="small" onClick={() => setDoing('remove')}>{t.remove}</Button>}
      {doing && <RiskDialog doing={doing} label={label} onClose={() => setDoing(null)} reload={reload} />}
    </p>
  );
}

interface DialogProps {
  doing: 'done' | 'remove';
  label: RiskLabel;
  onClose: () => void;
  reload: () => void;
}

function RiskDialog({ doing, label, onClose, reload }: DialogProps) {
  useFocusBack();
  const { api } = useDesk();
  const { act, busy } = useAct();
  const submit = async ({ text }: { text: string }): Promise<void> => {
    const work = doing === 'done' ? () => api.followedUp(label.id, text.trim()) : () => api.removeRisk(label.id, text.trim());
    if (!(await act(work, zh.actions.done))) return;
    onClose();
    reload();
  };
  return (
    <Modal open title={`${t[doing]} ${label.subject}`} onCancel={onClose} footer={null} destroyOnHidden>
      <Form layout="vertical" onFinish={(values: { text: string }) => void submit(values)}>
        <Form.Item name="text" label={doing === 'done' ? t.doneNote : t.removeWhy} rules={[{ required: true, whitespace: true, message: zh.actions.required }]}>
          <Input.TextArea rows={3} maxLength={500} showCount autoFocus />
        </Form.Item>
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" loading={busy}>{zh.ok}</Button>
        </div>
      </Form>
    </Modal>
  );
}
