import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { jsxImportSource } from './renderer/vite.config.ts';

/** Guests boot in software on slow machines, so waits are bounded generously; tests wait for facts, never for time. */
const timeouts = { testTimeout: 120_000, hookTimeout: 180_000, teardownTimeout: 60_000 };

/** A test that forgets to make its own home must fail, not write into the user's library. */
const env = { TART_HOME: '/dev/null/this-test-set-no-home' };

/** Property tests: see there for how to try other seeds. */
const setupFiles = ['scripts/property-seed.mjs'];

export default defineConfig({
  test: {
    // Guests, compilers and browsers run beside the tests: more workers than this only make each other wait.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['{electron,scripts,bench,native,build}/**/*.test.{ts,mjs}'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          setupFiles,
          env,
          ...timeouts,
        },
      },
      {
        plugins: [react({ jsxImportSource })],
        test: {
          name: 'renderer',
          environment: 'jsdom',
          include: ['renderer/**/*.test.{ts,tsx}'],
          setupFiles,
          env,
          ...timeouts,
        },
      },
    ],
  },
});
