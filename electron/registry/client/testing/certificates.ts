import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Files in PEM. */
export interface Certificates {
  /** The authority that signed the other one; what a client must trust. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** An authority, and a certificate of 127.0.0.1 and localhost that it signed, in files below a folder. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string) => path.join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-days',
    '30',
    '-subj',
    '/CN=Test authority',
  );
  openssl('req', ...newKey, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=Test registry');
  writeFileSync(at('names.txt'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signed = ['-in', at('server.csr'), '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial'];
  openssl('x509', '-req', ...signed, '-out', at('server.crt'), '-days', '30', '-extfile', at('names.txt'));
  return { ca: at('ca.crt'), certificate: at('server.crt'), key: at('server.key') };
}

/** A key for signing tokens, in PEM, with a certificate of its own in a file: the registry trusts that. */
export function makeTokenKey(folder: string): { key: string; certificate: string } {
  const [key, certificate] = [path.join(folder, 'token.key'), path.join(folder, 'token.crt')];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
  openssl('req', '-x509', ...made, '-days', '30', '-subj', '/CN=Test token server');
  return { key: readFileSync(key, 'utf8'), certificate };
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
