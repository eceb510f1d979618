import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { AppError } from './contract/errors.ts';
import { projectRoot } from './host/paths.ts';
import { createServices } from './services/services.ts';
import { BrowserServer } from './transport/browser-server.ts';

/** How the browser entry and `tatin serve` are to serve. */
export interface ServeOptions {
  host?: string | undefined;
  /** 0, the default, is any free port. */
  port?: number | undefined;
  tlsCertificateFile?: string | undefined;
  tlsKeyFile?: string | undefined;
  passwordFile?: string | undefined;
  names?: readonly string[] | undefined;
}

/** Serves until SIGINT or SIGTERM. Prints one line with the address, and a new one for each Return in a terminal. */
export async function runServer(options: ServeOptions = {}): Promise<void> {
  await using services = await createServices();
  await using server = await BrowserServer.listen({
    backend: services.backend,
    pages: path.join(projectRoot(), 'dist/renderer'),
    port: options.port ?? 0,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.names === undefined ? {} : { names: options.names }),
    ...(await secretsOf(options)),
  });
  const printUrl = (): void => console.log(`Tatin is at ${server.newUrl()}`);
  printUrl();
  if (process.stdin.isTTY) {
    console.log('The link opens once. Press Return for a new one, Control-C to end; machines go on.');
    createInterface({ input: process.stdin }).on('line', printUrl);
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

async function secretsOf(
  options: ServeOptions,
): Promise<{ tls?: { certificate: string; key: string }; password?: string }> {
  const { tlsCertificateFile, tlsKeyFile, passwordFile } = options;
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

/** Reads the options of this entry and of `tatin serve`. @throws AppError `invalid-input` */
export function parseServeArguments(args: readonly string[]): ServeOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      'password-file': { type: 'string' },
      name: { type: 'string', multiple: true },
    },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new AppError('invalid-input', `${values.port ?? ''} is not a port: it must be 0 to 65535.`);
  return {
    host: values.host,
    port,
    tlsCertificateFile: values['tls-cert'],
    tlsKeyFile: values['tls-key'],
    passwordFile: values['password-file'],
    names: values.name,
  };
}
