import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { getCACertificates, rootCertificates } from 'node:tls';
import { AppError } from '../../contract/errors.ts';
import { readBoundedSync } from '../../files/bounded-file.ts';
import { hasCode } from '../../files/error-codes.ts';

/** Of a file of certificates; the lists of systems have less than 1 MiB. */
const maxCertificatesBytes = 16 * 1024 ** 2;

export interface TrustOptions {
  /** More files of certificates in PEM. */
  readonly caFiles?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The certificates (PEM) by which a registry's own is judged: Node's list with NODE_EXTRA_CA_CERTS, what the system trusts (an
 * administrator's authorities are in a Mac's keychain), SSL_CERT_FILE, what Docker was told to trust for this host
 * (`certs.d/<host>/*.crt`), and files given. Undefined if that is no more than Node's own list.
 * @throws AppError `file-not-found`, `certificate-not-trusted` for a file that was named and can't be used
 */
export function trustedCertificates(
  host: string,
  { caFiles = [], env = process.env }: TrustOptions = {},
): readonly string[] | undefined {
  const named = env.SSL_CERT_FILE;
  const more = [
    ...systemCertificates(),
    ...[...caFiles, ...(named === undefined || named === '' ? [] : [named])].flatMap(readNamed),
    ...dockerFolders(env).flatMap((folder) => readFolder(path.join(folder, host))),
  ];
  const own = new Set(listed('default'));
  const all = new Set([...own, ...more]);
  return all.size === own.size ? undefined : [...all];
}

let system: readonly string[] | undefined;

function systemCertificates(): readonly string[] {
  // Elsewhere distributions keep the same list as Node, and administrators name additions in the environment.
  if (process.platform !== 'darwin') return [];
  system ??= listed('system');
  return system;
}

function listed(kind: 'default' | 'system'): string[] {
  try {
    return getCACertificates(kind).map((certificate) => certificate.trim());
  } catch {
    // A Node that was built with other cryptography, as Electron's is, may not know all lists.
    return kind === 'default' ? rootCertificates.map((certificate) => certificate.trim()) : [];
  }
}

function dockerFolders(env: NonNullable<TrustOptions['env']>): string[] {
  const config = env.DOCKER_CONFIG ?? '';
  const own = config === '' ? path.join(homedir(), '.docker') : config;
  return [path.join(own, 'certs.d'), '/etc/docker/certs.d'];
}

/** Of a host without any there is no folder. */
function readFolder(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.crt'));
    return names.sort().flatMap((name) => readNamed(path.join(folder, name)));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function readNamed(file: string): string[] {
  const certificates = readText(file).match(
    /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g,
  );
  if (certificates === null)
    throw new AppError('certificate-not-trusted', `${file} holds no certificate in PEM.`, {
      hint: 'Convert it: openssl x509 -inform der -in certificate.cer -out certificate.crt',
    });
  return certificates;
}

function readText(file: string): string {
  try {
    return readBoundedSync(file, maxCertificatesBytes).toString('latin1');
  } catch (cause) {
    throw new AppError('file-not-found', `The certificates in ${file} can’t be read.`, {
      hint: 'Correct SSL_CERT_FILE, or the path in Settings.',
      cause,
    });
  }
}
