import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import type { Environment } from './provider.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';

/** What a helper prints (the protocol of docker-credential-helpers). */
const answerSchema = z.object({ Username: z.string(), Secret: z.string() });
const listSchema = z.record(z.string(), z.string());

/** The name that means that the secret is an identity token. */
const tokenName = '<token>';

/** Helpers of clouds ask a server, and some ask a person. */
const maxAnswerMs = 60_000;

/** Where desktop applications keep helpers: an app that was not started in a terminal has not got them in its PATH. */
const moreFolders = ['/usr/local/bin', '/opt/homebrew/bin', '/Applications/Docker.app/Contents/Resources/bin'];

interface HelperOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Asks `docker-credential-<name>` for the login of a registry. @throws AppError `registry-refused` if it fails */
export async function askHelper(name: string, key: string, options: HelperOptions): Promise<Credentials | undefined> {
  const end = await runHelper(name, 'get', `${key}\n`, options);
  if (end.exitCode !== 0) {
    // The one error that all helpers say alike.
    if (/credentials not found/i.test(end.stdout + end.stderr)) return undefined;
    throw failed(name, end);
  }
  const answer = answerSchema.safeParse(parseJson(end.stdout));
  if (!answer.success) throw failed(name, { ...end, stdout: '', stderr: 'It printed no login.' });
  const { Username: username, Secret: password } = answer.data;
  if (username === tokenName) return { kind: 'identity-token', token: password };
  return username === '' && password === '' ? undefined : { kind: 'password', username, password };
}

/** User names by registry. @throws AppError `registry-refused` if it fails */
export async function listOfHelper(name: string, options: HelperOptions): Promise<Readonly<Record<string, string>>> {
  const end = await runHelper(name, 'list', '', options);
  if (end.exitCode !== 0) throw failed(name, end);
  const answer = listSchema.safeParse(parseJson(end.stdout));
  return answer.success ? answer.data : {};
}

async function runHelper(
  name: string,
  verb: string,
  input: string,
  { env, signal }: HelperOptions,
): Promise<ProgramEnd> {
  // It becomes the name of a program, and must not become a path to another.
  if (!/^[\w.-]+$/.test(name))
    throw failed(name, { exitCode: undefined, stdout: '', stderr: 'That is not the name of a helper.' });
  const PATH = [env.PATH ?? '', ...moreFolders].filter((folder) => folder !== '').join(':');
  const program = `docker-credential-${name}`;
  return await runProgram(program, [verb], { input, env: { ...env, PATH }, timeoutMs: maxAnswerMs, signal });
}

function failed(name: string, { exitCode, stdout, stderr }: ProgramEnd): AppError {
  const said = stderr.trim() === '' ? stdout.trim() : stderr.trim();
  // A helper that fails halfway may have printed what it should not.
  const details = /"Secret"/i.test(said) ? '' : said.slice(0, 500);
  return new AppError('registry-refused', `docker-credential-${name}, which Docker’s configuration names, failed.`, {
    hint: 'Try it in a terminal, or take it out of ~/.docker/config.json.',
    details: `${exitCode === undefined ? 'It did not run to its end.' : `exit code ${exitCode}`}\n${details}`.trim(),
  });
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined;
  }
}
