import { defineConfig } from '@playwright/test';

/** One browser and one guest at a time: more would only wait for each other on a small machine. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: '../test-results/e2e',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  // A guest boots in software in 10 to 30 seconds, on a busy machine in three times that, and a test may boot it more than once.
  timeout: 600_000,
  expect: {
    timeout: 60_000,
    // Letters may be drawn a little differently by another version of the browser; a line that moved is more than this.
    toHaveScreenshot: { maxDiffPixelRatio: 0.005, scale: 'device' },
  },
  // Without the platform, which the test itself asks about.
  snapshotPathTemplate: '{testDir}/pictures/{arg}{ext}',
  reporter: [['list'], ['json', { outputFile: '../test-results/e2e.json' }]],
  use: {
    viewport: { width: 1280, height: 820 },
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.TATIN_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
    },
  },
});
