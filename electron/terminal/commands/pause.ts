import { verbCommand } from '../verb.ts';

export const define = verbCommand('Hold a running VM where it is; it stays in memory', 'machines.pause');
