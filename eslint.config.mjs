import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import reactHooks from 'eslint-plugin-react-hooks';

/** What opens, reads, copies or looks at a file by its path. */
const importedFileFunctions = [
  ...['open', 'readFile', 'copyFile', 'cp', 'stat', 'lstat', 'readdir', 'opendir', 'access', 'readlink', 'glob'],
  ...['openSync', 'readFileSync', 'copyFileSync', 'cpSync', 'statSync', 'lstatSync', 'readdirSync', 'opendirSync'],
  ...['existsSync', 'createReadStream', 'default', 'promises'],
];

/** Files of the system: short, and nobody's but root's. */
const systemFiles = [
  'electron/doctor/checks/guest-network.ts',
  'electron/operations/machines/find-address.ts',
  'electron/library/home-facts.ts',
  'electron/files/record-locks.ts',
  'electron/network/port-owner.ts',
  'electron/network/name-servers.ts',
  'electron/network/listeners.ts',
  'electron/hypervisor/qemu/accelerator.ts',
  'electron/hypervisor/qemu/nested.ts',
  'electron/hypervisor/qemu/host/usage-meter.ts',
  'electron/hypervisor/qemu/host/guest-finder.ts',
  'electron/hypervisor/qemu/host/prepare.ts',
  'electron/host/host-facts.ts',
];
/** Files that come with the app or with the packages that the demo guest is made of. */
const ownFiles = [
  'electron/shell/page-protocol.ts',
  'electron/shell/about-panel.ts',
  'electron/demo-guest/demo-guest.ts',
  'electron/macos/catalog.ts',
  'electron/demo-guest/debian-packages.ts',
  'electron/demo-guest/kernel-modules.ts',
  'electron/demo-guest/root-folder.ts',
  'electron/demo-guest/build-image.ts',
];
/** What the user names on the command line, a pipe among it, and waits for. */
const namedFiles = ['electron/server/serve.ts'];
const bounded =
  'Somebody else may have put the file there: use readBounded, readTail or openToWrite of bounded-file.ts.';

/** How large things may get. @type {Record<string, ['error', number]>} */
const ceilings = {
  'max-lines': ['error', 300],
  'max-lines-per-function': ['error', 80],
  complexity: ['error', 20],
  'max-params': ['error', 5],
  'max-depth': ['error', 4],
};
/** What is above a ceiling still. The lists only get shorter: find the second idea in a file, and take it off. */
const aboveCeiling = {
  'max-lines': ['electron/jobs/job-list.ts'],
  'max-lines-per-function': [
    'electron/transfer/import/testing/vmdk-images.ts',
    'renderer/features/console/console-page.tsx',
    'renderer/features/file-chooser/file-chooser.tsx',
    'renderer/features/new-vm/steps.tsx',
  ],
  complexity: [
    'electron/supervision/restart-rule.ts',
    'renderer/features/console/console-page.tsx',
    'renderer/features/file-chooser/file-chooser.tsx',
    'scripts/proof/interleavings/operations.ts',
  ],
  'max-params': [
    'electron/library/clone.ts',
    'electron/registry/pull/image-place.ts',
    'electron/terminal/commands/run.ts',
    'scripts/native-check.mjs',
  ],
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'native/**/build/**', '**/*_pb.ts', '.cache/**', 'test-results/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and booleans in messages are what templates are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
    },
  },
  {
    files: ['**/*.{ts,tsx,mjs}'],
    ignores: ['**/*.test.{ts,tsx,mjs}', 'e2e/**'],
    rules: ceilings,
  },
  ...Object.entries(aboveCeiling).map(([rule, files]) => ({ files, rules: { [rule]: /** @type {const} */ ('off') } })),
  {
    files: ['renderer/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // Warns of libraries that React's compiler must leave alone; it does not compile these pages.
      'react-hooks/incompatible-library': 'off',
    },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[arguments.length=1][callee.property.name='waitFor'][callee.object.name='vi']",
          message: 'It gives up after a second, which a busy machine may need: say how long, as in `patience`.',
        },
        {
          selector: "CallExpression[arguments.length=1][callee.property.name='poll'][callee.object.name='expect']",
          message: 'It gives up after a second, which a busy machine may need: say how long, as in `patience`.',
        },
      ],
    },
  },
  {
    files: ['electron/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**', ...systemFiles, ...ownFiles, ...namedFiles],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:fs',
              importNames: ['readFile', 'readFileSync', 'appendFile', 'appendFileSync'],
              message: bounded,
            },
            { name: 'node:fs/promises', importNames: ['readFile', 'appendFile'], message: bounded },
          ],
        },
      ],
    },
  },
  {
    files: ['electron/terminal/**/*.ts'],
    ignores: ['electron/terminal/terminal.ts', '**/*.test.ts', '**/testing/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[property.name='write'][object.property.name=/^std(out|err)$/]",
          message: 'Words of others could steer the terminal: use print, note, say or rewrite of Terminal.',
        },
        {
          selector: "MemberExpression[property.name='write'][object.name=/^std(out|err)$/]",
          message: 'Words of others could steer the terminal: use print, note, say or rewrite of Terminal.',
        },
      ],
    },
  },
  {
    // One door opens every part of an import. Beside it, only what writes to folders of our own, or asks about the home, touches the file system.
    files: ['electron/transfer/import/**/*.ts'],
    ignores: [
      'electron/transfer/import/door.ts',
      'electron/transfer/import/{bring-file,inspect,kept-work,make-disk,make-machine,new-disk-file,open-piece,take-over-files,unpack}.ts',
      '**/*.test.ts',
      '**/testing/**',
    ],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            ...['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
              name,
              allowTypeImports: true,
              importNames: importedFileFunctions,
              message:
                'Parts of an import are opened by openPart, read by readPart and listed by listParts of door.ts.',
            })),
            ...['../../library/copy.ts'].map((name) => ({
              name,
              importNames: ['copyFileSparsely', 'copyFolderSparsely'],
              message: 'What has a path may be swapped: copy what openPart opened, with copyOpenFile.',
            })),
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.{mjs,js}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        WebSocket: 'readonly',
        structuredClone: 'readonly',
      },
    },
  },
);
