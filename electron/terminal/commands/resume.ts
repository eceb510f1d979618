import { verbCommand } from '../verb.ts';

export const define = verbCommand('Let a paused VM go on', 'machines.resume');
