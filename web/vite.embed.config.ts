import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `/static/embed.js`: one classic script, with a name that does not change, for the insurer's own pages. */
export default defineConfig({
  root: here('.'),
  publicDir: false,
  build: {
    outDir: here('../gateway/static'),
    emptyOutDir: false,
    target: 'es2019',
    lib: { entry: here('src/embed/embed.ts'), formats: ['iife'], name: 'ClaimsChatEmbed', fileName: () => 'embed.js' },
  },
});
