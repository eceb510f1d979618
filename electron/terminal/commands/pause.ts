import { verbCommand } from '../verb.ts';

export const define = verbCommand('Pause a running VM; it stays in memory', 'machines.pause');
