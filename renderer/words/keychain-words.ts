import type { Host } from '../../electron/contract/host.ts';

/** Where a host keeps passwords, as its people call it. */
export function keychainName(host: Pick<Host, 'platform'> | undefined): string {
  return host?.platform === 'darwin' ? 'the Keychain' : 'this computer’s keyring';
}
