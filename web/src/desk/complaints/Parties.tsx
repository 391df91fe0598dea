import { Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useDesk, useFocusBack, useLoaded } from '../context';
import { nameOf } from '../labels';
import { isWatcher, type Colleague, type ComplaintDetail } from '../types';
import { zh } from '../zh';
import { useComplaintAct } from './useComplaintAct';

const t = zh.complaint;
const needed = [{ required: true, whitespace: true, message: zh.actions.required }];

interface Props {
  data: ComplaintDetail;
  reload: () => void;
}

/** Who is complained about, and therefore neither sees nor handles the complaint. */
export function Parties({ data, reload }: Props) {
  const { agent } = useDesk();
  const [changing, setChanging] = useState<Colleague | 'new' | null>(null);
  const open = data.state === 'open' || data.state === 'answered';
  return (
    <section aria-label={t.parties}>
      <h3>{t.parties}</h3>
      <p className="Quiet">{t.partiesHelp}</p>
      <ul className="Plain">
        {data.parties?.map((party) => (
          <li key={party.username}>
            {party.name} {open && isWatcher(agent) && <Button size="small" onClick={() => setChanging(party)} aria-label={`${t.partyRemove} ${party.name}`}>{t.partyRemove}</Button>}
          </li>
        ))}
        {!data.parties?.length && <li className="Quiet">{t.noParties}</li>}
      </ul>
      {open && <Button size="small" onClick={() => setChanging('new')}>{t.partyAdd}</Button>}
      {changing && <PartyDialog party={changing} data={data} onClose={() => setChanging(null)} reload={reload} />}
    </section>
  );
}

function PartyDialog({ party, data, onClose, reload }: Props & { party: Colleague | 'new'; onClose: () => void }) {
  useFocusBack();
  const { run, busy } = useComplaintAct(data.no, reload);
  const adding = party === 'new';
  const submit = async (values: { agent: string; reason: string }): Promise<void> => {
    if (await run(adding ? 'party_add' : 'party_remove', { ...values, ...(adding ? {} : { agent: party.username }) })) onClose();
  };
  return (
    <Modal open title={adding ? t.partyAdd : `${t.partyRemove} ${party.name}`} onCancel={onClose} footer={null} destroyOnHidden>
      <Form layout="vertical" onFinish={(values: { agent: string; reason: string }) => void submit(values)}>
        {adding && <Form.Item name="agent" label={t.party} rules={needed}><ColleagueSelect /></Form.Item>}
        <Form.Item name="reason" label={t.partyWhy} rules={needed}><Input.TextArea rows={3} maxLength={500} showCount /></Form.Item>
        <div className="Dialog-end">
          <Button onClick={onClose}>{zh.cancel}</Button>
          <Button type="primary" htmlType="submit" loading={busy}>{zh.ok}</Button>
        </div>
      </Form>
    </Modal>
  );
}

/** One of the agents, found by name. `value` and the rest come from the form around it. */
export function ColleagueSelect(props: { value?: string; onChange?: (value: string) => void; id?: string }) {
  const { api } = useDesk();
  const { data } = useLoaded(() => api.colleagues(), 'colleagues');
  return (
    <Select
      {...props}
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      options={(data ?? []).map(({ username, name, role }) => ({ value: username, label: `${name}（${nameOf('roles', role)}）` }))}
    />
  );
}
