import type { FuzzTarget } from './target.ts';
import { agentAnswers } from './targets/agent-answers.ts';
import { archives } from './targets/archives.ts';
import { compression } from './targets/compression.ts';
import { descriptions } from './targets/descriptions.ts';
import { diskImages } from './targets/disk-images.ts';
import { libraryFiles } from './targets/library-files.ts';
import { networkTables } from './targets/network-tables.ts';
import { registryDocuments } from './targets/registry-documents.ts';

/** One per reader of what somebody else wrote. */
export const targets: readonly FuzzTarget[] = [
  ...diskImages,
  ...descriptions,
  ...archives,
  ...compression,
  ...libraryFiles,
  ...registryDocuments,
  ...networkTables,
  ...agentAnswers,
];

/** @throws Error that names those there are */
export function targetNamed(name: string): FuzzTarget {
  const found = targets.find((target) => target.name === name);
  if (found === undefined)
    throw new Error(`There is no target ${name}; there are ${targets.map((target) => target.name).join(', ')}.`);
  return found;
}
