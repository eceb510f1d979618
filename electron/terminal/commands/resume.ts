import { verbCommand } from '../verb.ts';

export const define = verbCommand('Resume a paused VM', 'machines.resume');
