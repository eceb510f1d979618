import react from '@vitejs/plugin-react';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { jsxImportSource } from './renderer/vite.config.ts';

/** Tests that run QEMU, by what their files are called, in whatever folder. */
const guestTests = [
  ...['bare-machine', 'crashes', 'debug-monitor', 'demo-guest', 'driver', 'foreign-paths', 'imported-guest'],
  ...[
    'live-forwards',
    'long-lived',
    'machine-commands',
    'namespaces',
    'qemu-driver',
    'real-guest',
    'start-failures',
    'uncaught-errors',
  ],
].map((name) => `electron/**/${name}.test.ts`);

/** Too slow for each change: guests for another processor, which only translation can run. `npm run test:all` runs them. */
const slowTests = ['electron/**/{arm64-guest,demo-guest-arm64}.test.ts'];

/** Folders of tests that leave nothing behind, neither in the process nor on the disk, so that files share a process. */
const pureTests = ['electron/{contract,jobs,macos,doctor,network,codecs}/**/*.test.ts'];

/** Tests that start programs start the built ones. */
const globalSetup = ['scripts/test/build.mjs'];

const nodeTests = ['{electron,scripts,bench,native,build}/**/*.test.{ts,mjs}'];
const pageTests = ['renderer/**/*.test.{ts,tsx}'];

/** Only `pages` reads JSX. */
function project(
  name: string,
  include: string[],
  {
    plugins = [],
    exclude = [],
    ...more
  }: { plugins?: TestProjectInlineConfiguration['plugins'] } & Partial<
    NonNullable<TestProjectInlineConfiguration['test']>
  > = {},
): TestProjectInlineConfiguration {
  return {
    plugins,
    test: {
      name,
      include,
      exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
      // Each says at its head what it does for all tests.
      setupFiles: ['scripts/property-seed.mjs', 'scripts/test/leaked-listeners.mjs'],
      // A test that forgets to make its own home must fail, not write into the user's library.
      env: { TART_HOME: '/dev/null/this-test-set-no-home' },
      // Guests boot in software on slow machines, so waits are bounded generously; tests wait for facts, never for time.
      testTimeout: 120_000,
      hookTimeout: 180_000,
      ...more,
    },
  };
}

export default defineConfig({
  test: {
    // Guests, compilers and browsers run beside the tests: more workers than this only make each other wait.
    maxWorkers: 2,
    teardownTimeout: 60_000,
    projects: [
      project('pure', pureTests, { isolate: false }),
      project('pages', pageTests, { plugins: [react({ jsxImportSource })], environment: 'jsdom' }),
      project('processes', nodeTests, { globalSetup, exclude: [...pureTests, ...guestTests, ...slowTests] }),
      project('guests', guestTests, { globalSetup }),
      project('slow', slowTests, { globalSetup }),
    ],
  },
});
