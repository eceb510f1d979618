/**
 * Imports go one way: contract <- rooms of the domain <- services <- transport, shell <- entries.
 * docs/architecture.md tells why; this file makes it so.
 */
const domain = 'library|registry|credentials|hypervisor|guest|network|images|jobs|host|doctor|supervision|settings';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
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
      name: 'domain-below-services',
      severity: 'error',
      from: { path: `^electron/(${domain})/` },
      to: { path: '^electron/(services|transport|shell|terminal)/|^electron/[^/]+\\.ts$|^renderer/' },
    },
    {
      name: 'transport-knows-no-domain',
      severity: 'error',
      from: { path: '^electron/transport/', pathNot: '\\.test\\.ts$' },
      to: { path: `^electron/(${domain}|services|shell)/` },
    },
    {
      name: 'services-below-entries',
      severity: 'error',
      from: { path: '^electron/services/' },
      to: { path: '^electron/(transport|shell|terminal)/|^electron/[^/]+\\.ts$|^renderer/' },
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
