import { stat } from 'node:fs/promises';
import { findProgram } from '../../host/programs.ts';
import { type Check, type Finding, onlyOnMac, passed, skipped } from '../check.ts';

/** Whether Softnet, which isolates guests from each other and the local network, may do its work. */
export const softnet: Check = {
  id: 'softnet',
  title: 'Softnet',
  async look({ platform, run }, signal) {
    if (platform !== 'darwin') return onlyOnMac;
    const program = await findProgram('softnet', ['/opt/homebrew/bin', '/usr/local/bin']);
    if (program === undefined)
      return skipped('Not installed; only isolated machines need it: brew install openai/tools/softnet');
    const { mode, uid } = await stat(program);
    if ((mode & 0o4000) !== 0 && uid === 0) return judgeSoftnet(program, 'set-uid');
    const { exitCode } = await run('/usr/bin/sudo', ['--non-interactive', program, '--help'], { signal });
    return judgeSoftnet(program, exitCode === 0 ? 'sudo' : 'none');
  },
};

export function judgeSoftnet(program: string, right: 'set-uid' | 'sudo' | 'none'): Finding {
  const lookedAt = `Looked at the owner and mode of ${program}, and whether sudo runs it without a password.`;
  if (right === 'set-uid') return passed('Found, runs as administrator', lookedAt);
  if (right === 'sudo') return passed('Found, sudo runs it without a password', lookedAt);
  return {
    state: 'attention',
    summary: 'Softnet may not create networks, so machines that it isolates don’t start.',
    lookedAt,
    cures: [
      {
        id: 'give-right',
        title: 'Give It the Right',
        kind: 'command',
        says: `sudo chown root '${program}' && sudo chmod u+s '${program}'`,
      },
    ],
  };
}
