import { Sign } from './icons';
import { zh } from './zh';

/** Who speaks. The role always stands before the name, so that no name can pass for another role. */
export function Author({ from, name }: { from: 'bot' | 'agent'; name: string }) {
  return (
    <div className="Author" data-from={from}>
      <span className="Author-sign"><Sign name={from === 'bot' ? 'bot' : 'headset'} size={14} /></span>
      {from === 'bot' ? zh.bot : zh.agentNamed(name)}
    </div>
  );
}
