import rules from './.dependency-cruiser.mjs';

/** Folders that need each other are one folder, or a third is missing. Tests are left out: they may look at anything. */
/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [{ name: 'no-cycle-of-folders', severity: 'error', scope: 'folder', from: {}, to: { circular: true } }],
  options: { ...rules.options, exclude: { path: '^dist/|\\.test\\.tsx?$|/testing/' } },
};
