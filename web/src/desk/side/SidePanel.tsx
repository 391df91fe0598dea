import { Tabs } from 'antd';
import type { Conversation } from '../types';
import { zh } from '../zh';
import { Files } from './Files';
import { History } from './History';
import { Overview } from './Overview';

export interface SideProps {
  data: Conversation;
  reload: () => void;
}

export function SidePanel(props: SideProps) {
  const { claims, policies, complaints, handovers } = props.data;
  return (
    <aside className="Side" aria-label={zh.side.overview}>
      <Tabs
        size="small"
        items={[
          { key: 'overview', label: zh.side.overview, children: <Overview {...props} /> },
          { key: 'files', label: `${zh.side.files} ${claims.length + policies.length || ''}`, children: <Files {...props} /> },
          { key: 'history', label: `${zh.side.history} ${complaints.length + handovers.length || ''}`, children: <History {...props} /> },
        ]}
      />
    </aside>
  );
}
