import type { ImportPlan } from './import-plan.ts';
import type { Disc } from './iso9660.ts';
import type { RestoreImage } from './restore-image.ts';

/** What a path leads to. */
export type Found =
  | { readonly is: 'machine'; readonly plan: ImportPlan }
  | { readonly is: 'installer'; readonly disc: Disc; readonly bytes: number }
  | { readonly is: 'restore-image'; readonly image: RestoreImage }
  | { readonly is: 'several'; readonly paths: readonly string[]; readonly othersCount: number };
