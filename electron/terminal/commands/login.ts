import { Operations } from '../operations.ts';
import { usageError } from '../failure.ts';
import type { DefineCommand } from '../program.ts';
import { ask, secretFromInput } from '../prompt.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  username?: string;
  passwordStdin?: true;
  insecure?: true;
  validate: boolean;
}

const help = `
Asks for what is not given, and keeps it in the Keychain (on Linux, in the Secret Service) once the registry has taken
it. Without a Keychain, as over SSH, set TART_REGISTRY_USERNAME and TART_REGISTRY_PASSWORD instead, and
TART_REGISTRY_HOSTNAME if they are for one registry only. What docker login has kept is found too.

Examples:
  tatin login ghcr.io
  pass show ghcr | tatin login ghcr.io --username me --password-stdin`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Log in to a registry')
    .argument('<host>', 'Registry, with its port, e.g. ghcr.io')
    .option('--username <name>', 'Name to log in with, together with --password-stdin')
    .option('--password-stdin', 'Read the password from standard input')
    .option('--insecure', 'Talk to the registry by http, without encryption')
    .option('--no-validate', 'Keep them without trying them at the registry')
    .addHelpText('after', help)
    .action((host: string, options: Options) => run(host, options, terminal));
};

async function run(host: string, options: Options, terminal: Terminal): Promise<void> {
  const { username, passwordStdin, insecure, validate } = options;
  if ((username === undefined) !== (passwordStdin === undefined))
    throw usageError('--username and --password-stdin must be given together.');
  const given = {
    username: username ?? (await ask(terminal, 'User: ')),
    password:
      passwordStdin === true ? await secretFromInput(terminal) : await ask(terminal, 'Password: ', { secret: true }),
  };
  await using operations = await Operations.open(terminal, { ifGone: 'wait' });
  await operations.call('registries.logIn', { host, ...given, insecure: insecure === true, validate });
}
