/**
 * Imports go one way: contract <- files <- rooms of the domain <- operations <- terminal, transport, shell <- entries.
 * docs/architecture.md tells why; this file makes it so.
 */
const domain =
  'files|library|registry|credentials|hypervisor|guest|network|transfer|codecs|macos|demo-guest|jobs|host|doctor|supervision|settings';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'drivers-stand-side-by-side',
      comment: 'What both drivers need is in hypervisor/shared.',
      severity: 'error',
      from: { path: '^electron/hypervisor/(vz|shared)/', pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '^electron/hypervisor/qemu/' },
    },
    {
      name: 'terminal-has-one-road',
      comment: 'A command turns words into the input of an operation, and its result into text.',
      severity: 'error',
      from: {
        path: '^electron/terminal/',
        // Still to go: what a run on a Mac needs of its window, and the machines that live in this very process.
        pathNot:
          '\\.test\\.ts$|/testing/|^electron/terminal/(commands/run|create-mac|image-disks|in-app|mac-run|mac-slots|run-[a-z]+)\\.ts$',
      },
      to: { path: '^electron/(library|registry|codecs|transfer|hypervisor)/' },
    },
    {
      name: 'files-is-ground',
      comment: 'Primitives of the file system know nothing of machines.',
      severity: 'error',
      from: { path: '^electron/files/', pathNot: '\\.test\\.ts$' },
      to: { path: '^electron/', pathNot: '^electron/(files|contract)/' },
    },
    {
      name: 'contract-stands-alone',
      comment: 'Both sides of the wire read the contract, so it may hold nothing of either.',
      severity: 'error',
      from: { path: '^electron/contract/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(electron|renderer)/', pathNot: '^electron/contract/' },
    },
    {
      name: 'contract-is-plain',
      comment: 'No Node and no DOM in the contract: only zod.',
      severity: 'error',
      from: { path: '^electron/contract/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '^node_modules/zod/' },
    },
    {
      name: 'domain-below-operations',
      severity: 'error',
      from: { path: `^electron/(${domain})/` },
      to: { path: '^electron/(operations|transport|shell|terminal|server)/|^electron/[^/]+\\.ts$|^renderer/' },
    },
    {
      name: 'transport-knows-no-domain',
      severity: 'error',
      from: { path: '^electron/transport/', pathNot: '\\.test\\.ts$' },
      to: { path: `^electron/(${domain}|operations|shell)/` },
    },
    {
      name: 'operations-below-doors',
      severity: 'error',
      from: { path: '^electron/operations/' },
      to: { path: '^electron/(transport|shell|terminal|server)/|^electron/[^/]+\\.ts$|^renderer/' },
    },
    {
      name: 'only-shell-imports-electron',
      severity: 'error',
      from: { path: '^(electron|renderer|scripts|bench)/', pathNot: '^electron/(shell/|main\\.ts$|preload\\.ts$)' },
      to: { path: '^(electron|node_modules/electron)$|^node_modules/electron/' },
    },
    {
      name: 'renderer-sees-only-the-contract',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^electron/', pathNot: '^electron/contract/' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.test\\.tsx?$|vite\\.config\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
