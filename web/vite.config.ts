import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { noRemoteResources } from './build/no-remote.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The two pages. They go to the gateway, which serves `chat.html` at / and `desk.html` at /desk. */
export default defineConfig({
  root: here('.'),
  base: '/static/',
  publicDir: false,
  plugins: [react(), noRemoteResources()],
  resolve: {
    alias: [
      // The package's `browser` field is an UMD bundle with everything in it; its ES modules can be shaken.
      { find: /^@chatui\/core$/, replacement: here('node_modules/@chatui/core/es/index.js') },
    ],
  },
  build: {
    outDir: here('../gateway/static'),
    emptyOutDir: true,
    target: ['es2021', 'chrome87', 'safari14'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1600,
    rolldownOptions: {
      input: { chat: here('chat.html'), desk: here('desk.html') },
      treeshake: { moduleSideEffects: [{ test: /@chatui[\\/]core[\\/]es|intersection-observer|dompurify/, sideEffects: false }] },
    },
  },
});
