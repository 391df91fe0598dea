import { defineConfig, mergeConfig } from 'vite';
import base from '../vite.config.ts';
import { mock } from './mock.ts';

/** The pages with an in-memory stand-in for the gateway: `npm run dev`, or `npm run preview` for the built ones. */
export default mergeConfig(base, defineConfig({ plugins: [mock()] }));
