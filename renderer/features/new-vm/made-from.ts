import type { CreateSource } from '../../../electron/contract/vms.ts';

/** What a new machine is made from: what the library makes by itself, or macOS, which is installed. */
export type MadeFrom = CreateSource['from'] | 'macos';
