import type { Environment } from './provider.ts';
import { runProgram } from './run-program.ts';

const bus = 'org.freedesktop.secrets';
const collection = '/org/freedesktop/secrets/aliases/default';
const propertyOf = 'org.freedesktop.Secret.Collection';

/** Programs that can ask the Secret Service; which of them is there depends on the desktop. */
const questions: readonly (readonly [string, ...string[]])[] = [
  ['busctl', '--user', 'get-property', bus, collection, propertyOf, 'Locked'],
  [
    'gdbus',
    ...['call', '--session', '--dest', bus, '--object-path', collection],
    ...['--method', 'org.freedesktop.DBus.Properties.Get', propertyOf, 'Locked'],
  ],
  [
    'dbus-send',
    ...['--session', '--print-reply', `--dest=${bus}`, collection],
    ...['org.freedesktop.DBus.Properties.Get', `string:${propertyOf}`, 'string:Locked'],
  ],
];

const maxAnswerMs = 10_000;

/** Whether the user's keyring is there and locked; false where nobody can say. */
export async function isLocked(env: Environment, signal: AbortSignal): Promise<boolean> {
  for (const [program, ...args] of questions) {
    const { exitCode, stdout } = await runProgram(program, args, { env, timeoutMs: maxAnswerMs, signal });
    const answer = exitCode === 0 ? /\b(?:true|false)\b/.exec(stdout)?.[0] : undefined;
    if (answer !== undefined) return answer === 'true';
  }
  return false;
}
