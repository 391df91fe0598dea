import type { Plugin } from 'vite';

const REMOTE = /url\(\s*["']?(?:https?:)?\/\//i;

/** ChatUI's style sheet names fonts on a foreign host: they are taken out, and a build that still has one fails. */
export function noRemoteResources(): Plugin {
  return {
    name: 'no-remote-resources',
    enforce: 'pre',
    transform(code, id) {
      if (!/@chatui[\\/]core[\\/].*\.css/.test(id)) return null;
      return { code: code.replace(/@font-face\s*\{[^}]*\}/g, ''), map: null };
    },
    generateBundle(_, bundle) {
      for (const [name, part] of Object.entries(bundle)) {
        const source = part.type === 'asset' ? String(part.source) : '';
        if (name.endsWith('.css') && REMOTE.test(source)) this.error(`${name} refers to another host`);
      }
    },
  };
}
