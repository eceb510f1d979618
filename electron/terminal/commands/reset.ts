import { verbCommand } from '../verb.ts';

export const define = verbCommand(
  'Restart a VM at once, as its reset button would: unsaved work is lost',
  'machines.reset',
);
