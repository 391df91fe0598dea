import './desk.css';
import { App as AntApp, ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { DeskApp } from './DeskApp';

const fontFamily = "-apple-system, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif";
const theme = { token: { fontFamily, colorLink: '#0b5fc4', colorError: '#b42318', colorPrimary: '#0b5fc4', colorTextDescription: '#556070', colorTextPlaceholder: '#667085', borderRadius: 6 } };

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ConfigProvider locale={zhCN} theme={theme} button={{ autoInsertSpace: false }}>
      <AntApp>
        <DeskApp />
      </AntApp>
    </ConfigProvider>
  </StrictMode>,
);
