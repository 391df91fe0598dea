import { Alert } from 'antd';
import { nameOf } from '../labels';
import type { Delivery as Sent } from '../types';
import { zh } from '../zh';

const t = zh.delivery;

/** On WeChat: how many messages may still be sent, until when, and which ones have not reached the customer. */
export function Delivery({ delivery }: { delivery: Sent }) {
  const closes = delivery.closes_at ? new Date(delivery.closes_at).toLocaleString('zh-CN', { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false }) : null;
  const stuck = delivery.messages.filter((one) => one.state !== 'pending' && one.state !== 'sending');
  return (
    <>
      <p className="Quiet Talk-window" role="status">
        {closes ? t.window(delivery.left, delivery.of, closes) : t.shut}{delivery.bound ? '' : ` · ${t.unbound}`}
      </p>
      {stuck.length > 0 && (
        <Alert role="note" type="warning" title={t.stuck(stuck.length)} description={
          <ul className="Talk-stuck">{stuck.map((one) => <li key={one.seq}>#{one.seq} {nameOf('deliveries', one.state)}{one.error ? `：${nameOf('deliveryErrors', one.error)}` : ''}{one.via === 'template' ? `（${t.announced}）` : ''}</li>)}</ul>
        } />
      )}
    </>
  );
}
