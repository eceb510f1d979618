import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { secretText } from '../../../electron/transfer/import/testing/hostile-bundles.ts';
import { builtCli } from '../../../electron/terminal/testing/tatin.ts';
import { layDownVm, temporaryFolder } from '../../../electron/library/testing/temporary-home.ts';
import { Library } from '../../../electron/library/library.ts';
import { type BoundedRun, boundedRun } from './bounded-run.ts';
import type { HostileInput, Places } from './inputs.ts';
import { filesWith } from './secret-search.ts';

/** An input that takes longer, or more, than this has stopped the program for everybody. */
export const bounds = { maxMs: 30_000, maxBytes: 400e6 };

export interface HostileReport {
  readonly taken: number;
  readonly refused: number;
  readonly slowest: { readonly name: string; readonly ms: number };
  readonly largest: { readonly name: string; readonly bytes: number };
  readonly findings: readonly string[];
}

/** Gives each input to the real command line, and sees what it does to time, memory, secrets, the network and the screen. */
export async function runHostile(
  inputs: readonly HostileInput[],
  options: { folder?: string | undefined; say?: (line: string) => void } = {},
): Promise<HostileReport> {
  using folder = temporaryFolder(options.folder);
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  const report = {
    taken: 0,
    refused: 0,
    slowest: { name: '', ms: 0 },
    largest: { name: '', bytes: 0 },
    findings: [] as string[],
  };
  try {
    for (const [index, input] of inputs.entries()) {
      const before = connections;
      const { ran, wrong } = await one(input, path.join(folder.path, String(index)), port);
      if (connections > before) wrong.push('It connected to a listener.');
      report[ran.exitCode === 0 ? 'taken' : 'refused']++;
      if (ran.ms > report.slowest.ms) report.slowest = { name: input.name, ms: ran.ms };
      if (ran.peakBytes > report.largest.bytes) report.largest = { name: input.name, bytes: ran.peakBytes };
      if (wrong.length > 0) {
        report.findings.push(`${input.name}: ${wrong.join(' ')}`);
        options.say?.(report.findings.at(-1) ?? '');
      }
    }
  } finally {
    server.close();
  }
  return report;
}

async function one(input: HostileInput, folder: string, port: number): Promise<{ ran: BoundedRun; wrong: string[] }> {
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['private', 'given', 'temporary']) mkdirSync(at(name), { recursive: true });
  const places: Places = { secret: at('private/secret'), port, home: at('home'), state: at('state') };
  writeFileSync(places.secret, `${secretText}\n`.repeat(1000), { mode: 0o600 });
  layDownVm(await Library.open(places.home), 'honest');
  const words = input.lay(at('given'), places);
  const { CI: _ci, ...inherited } = process.env;
  const env = {
    ...inherited,
    TART_HOME: places.home,
    TATIN_STATE: places.state,
    TATIN_RUNTIME: at('run'),
    TATIN_CACHE: at('cache'),
    TMPDIR: at('temporary'),
  };
  const ran = await boundedRun(process.execPath, [builtCli, ...words], env, bounds);
  const wrong = wrongWith(ran);
  const theirs = [places.home, places.state, at('cache'), at('temporary'), at('run')].filter((one) => existsSync(one));
  if (isQuietOf(ran))
    wrong.push(
      ...theirs
        .flatMap((one) => filesWith(one, secretText))
        .map((file) => `The secret is in ${path.relative(folder, file)}.`),
    );
  rmSync(folder, { recursive: true, force: true });
  return { ran, wrong };
}

/** Whether there is something to look for: what was ended half-way is a finding already. */
const isQuietOf = ({ broke }: BoundedRun): boolean => broke === undefined;

function wrongWith({ exitCode, out, err, broke }: BoundedRun): string[] {
  if (broke === 'time') return [`It took more than ${bounds.maxMs / 1000} s.`];
  if (broke === 'memory') return [`It took more than ${bounds.maxBytes / 1e6} MB.`];
  const wrong: string[] = [];
  const said = `${out}${err}`;
  if (exitCode === null) wrong.push('A signal ended it.');
  if (exitCode !== 0 && err.trim() === '') wrong.push('It failed without a word.');
  if (/^\s+at .*[:)]\d+|did not expect|\bError: /m.test(said)) wrong.push(`A raw trace: ${said.slice(0, 200)}`);
  if (said.includes(secretText)) wrong.push('It printed the secret.');
  // eslint-disable-next-line no-control-regex -- what steers a terminal is what must not be printed
  if (/[\u0000-\u0008\u000b-\u001a\u001b\u202a-\u202e]/.test(said)) wrong.push('It printed what steers a terminal.');
  return wrong;
}
