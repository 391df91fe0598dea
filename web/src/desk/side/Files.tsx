import { Tag, Timeline } from 'antd';
import { moment } from '../../shared/time';
import { nameOf } from '../labels';
import type { Claim, Policy } from '../types';
import { zh } from '../zh';
import { Facts } from './Overview';
import type { SideProps } from './SidePanel';

const t = zh.side;

export function Files({ data }: SideProps) {
  return (
    <>
      <h3>{t.claims}</h3>
      {data.claims.map((claim) => <ClaimBox key={claim.claim_no} claim={claim} />)}
      {!data.claims.length && <p className="Quiet">{zh.none}</p>}
      <h3>{t.policies}</h3>
      {data.policies.map((policy) => <PolicyBox key={policy.policy_no} policy={policy} />)}
      {!data.policies.length && <p className="Quiet">{zh.none}</p>}
    </>
  );
}

function ClaimBox({ claim }: { claim: Claim }) {
  const events = [...claim.events].reverse();
  return (
    <section className="Box">
      <p><strong>{claim.claim_no}</strong></p>
      <p>
        <Tag color="blue">{nameOf('claimStatus', claim.status)}</Tag>
        <Tag>{nameOf('kinds', claim.kind)}</Tag>
        {claim.injured && <Tag color="red">{t.injured}</Tag>}
        <span className="Quiet">{claim.plate} · {moment(claim.accident_at)}</span>
      </p>
      {claim.missing_documents.length > 0 && <p>{t.missing}：{claim.missing_documents.map((code) => nameOf('documents', code)).join('、')}</p>}
      <Timeline
        className="Box-timeline"
        items={events.map((event, index) => ({
          color: index === 0 ? 'blue' : 'gray', content: <>{nameOf('claimStatus', event.status)} <span className="Quiet">{moment(event.at)}</span></>,
        }))}
      />
    </section>
  );
}

const yuan = (value: number | undefined): string => (value === undefined ? '' : `${value.toLocaleString('zh-CN')} 元`);

function PolicyBox({ policy }: { policy: Policy }) {
  return (
    <section className="Box">
      <p><strong>{policy.plate}</strong> <span className="Quiet">{policy.policy_no}</span></p>
      <Facts
        rows={[
          [t.valid, `${policy.valid_from} 至 ${policy.valid_to}`],
          ...policy.coverages.map((cover): [string, string] => [
            nameOf('coverages', cover.code),
            [cover.limit_yuan && `${t.limit} ${yuan(cover.limit_yuan)}`, cover.deductible_yuan && `${t.deductible} ${yuan(cover.deductible_yuan)}`,
              cover.deductible_rate && `${t.deductible} ${cover.deductible_rate * 100}%`].filter(Boolean).join('，') || '—',
          ]),
        ]}
      />
    </section>
  );
}
