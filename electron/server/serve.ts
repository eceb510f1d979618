import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { AppError } from '../contract/errors.ts';
import { projectRoot } from '../host/paths.ts';
import { surviveUncaughtErrors } from '../host/uncaught-errors.ts';
import { openAllServices } from '../operations/open-services.ts';
import { BrowserServer } from '../transport/browser-server.ts';

/** How the browser entry and `tatin serve` are to serve. */
export interface ServeOptions {
  host?: string | undefined;
  /** 0, the default, is any free port. */
  port?: number | undefined;
  tlsCertificateFile?: string | undefined;
  tlsKeyFile?: string | undefined;
  passwordFile?: string | undefined;
  names?: readonly string[] | undefined;
  /** Print `{"url": "…"}` instead of a sentence, for scripts. */
  printJson?: boolean | undefined;
}

/**
 * Serves until SIGINT, SIGTERM or SIGHUP. Prints one line with the address, and a new one for each Return in a terminal;
 * F before it logs every browser out.
 * @throws AppError `invalid-input`, `file-not-found`, `not-allowed`, `port-taken`, `home-unavailable`
 */
export async function runServer(options: ServeOptions = {}): Promise<void> {
  const pages = builtPages();
  const secrets = await secretsOf(options);
  await using services = await openAllServices({ supervise: true });
  using _survive = surviveUncaughtErrors((error) => {
    services.log.error(uncaughtTitle, error);
    console.error(`${uncaughtTitle}. Tatin goes on; ${services.log.file} says more.`);
  });
  await using server = await BrowserServer.listen({
    backend: services.backend,
    pages,
    port: options.port ?? 0,
    onError: (error) => services.log.error('The server could not answer', error),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.names === undefined ? {} : { names: options.names }),
    ...secrets,
  });
  services.log.info(`Serving a browser at port ${server.port}.`);
  const printUrl = (): void => {
    const url = server.newUrl();
    console.log(options.printJson === true ? JSON.stringify({ url }) : `Tatin is at ${url}`);
  };
  printUrl();
  if (process.stdin.isTTY) {
    console.log('The link opens once. Press Return for a new one, Control-C to end; machines keep running.');
    console.log('F and Return logs every browser out.');
    createInterface({ input: process.stdin }).on('line', (line) => {
      if (line.trim().toLowerCase() === 'f') {
        server.forgetSessions();
        console.log('Every browser is logged out, and earlier links no longer work.');
      }
      printUrl();
    });
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    process.once('SIGHUP', resolve);
  });
  services.log.info('The server ends.');
}

const uncaughtTitle = 'An error that nothing caught';

function builtPages(): string {
  const pages = path.join(projectRoot(), 'dist/renderer');
  if (existsSync(path.join(pages, 'index.html'))) return pages;
  throw new AppError('file-not-found', 'The pages of the app are not built.', { hint: 'Run npm run build.' });
}

async function secretsOf(
  options: ServeOptions,
): Promise<{ tls?: { certificate: string; key: string }; password?: string }> {
  const { tlsCertificateFile, tlsKeyFile } = options;
  const passwordFile = options.passwordFile ?? process.env.TATIN_PASSWORD_FILE;
  if ((tlsCertificateFile === undefined) !== (tlsKeyFile === undefined))
    throw new AppError('invalid-input', 'TLS takes both a certificate and a key.', {
      hint: 'Give --tls-cert and --tls-key.',
    });
  return {
    ...(tlsCertificateFile !== undefined && tlsKeyFile !== undefined
      ? { tls: { certificate: await read(tlsCertificateFile), key: await read(tlsKeyFile) } }
      : {}),
    ...(passwordFile === undefined ? {} : { password: passwordIn(await read(passwordFile), passwordFile) }),
  };
}

function passwordIn(text: string, file: string): string {
  const password = text.replace(/\r?\n$/, '');
  if (password.length < 12)
    throw new AppError('invalid-input', `The password in ${file} is shorter than 12 characters.`);
  return password;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('file-not-found', `${file} can’t be read.`, { cause: error });
  }
}

const argumentOptions = {
  host: { type: 'string' },
  port: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'password-file': { type: 'string' },
  name: { type: 'string', multiple: true },
  'print-json': { type: 'boolean' },
} as const;

/** Reads the options of the browser entry. @throws AppError `invalid-input` */
export function parseServeArguments(args: readonly string[]): ServeOptions {
  const values = parsedValues(args);
  return {
    host: values.host,
    port: values.port === undefined ? undefined : portOf(values.port),
    tlsCertificateFile: values['tls-cert'],
    tlsKeyFile: values['tls-key'],
    passwordFile: values['password-file'],
    names: values.name,
    printJson: values['print-json'],
  };
}

function parsedValues(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ args: string[]; options: typeof argumentOptions }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: argumentOptions }).values;
  } catch (error) {
    const names = Object.keys(argumentOptions).map((name) => `--${name}`);
    throw new AppError('invalid-input', error instanceof Error ? error.message : String(error), {
      hint: `The options are ${names.join(', ')}.`,
      cause: error,
    });
  }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new AppError('invalid-input', `${JSON.stringify(text)} is not a port: it must be 0 to 65535.`);
}
