import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const pages = { index: here('index.html'), console: here('console.html'), settings: here('settings.html') };

/** Every element's text goes through `printable-jsx`, see there; the imports of package.json say where it is. */
export const jsxImportSource = '#printable-jsx';

/** The pages that Electron and the browser entry load. Relative addresses, so that both may serve them anywhere. */
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [react({ jsxImportSource })],
  build: {
    outDir: here('../dist/renderer'),
    emptyOutDir: true,
    target: 'esnext',
    sourcemap: true,
    // The content security policy allows neither inline scripts nor data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: { input: Object.fromEntries(Object.entries(pages).filter(([, path]) => existsSync(path))) },
  },
});
