import { readSettings } from './settings-file.ts';

/** Whether the settings say that a registry, `host[:port]`, is spoken to without encryption. */
export function isKnownInsecure(host: string): boolean {
  const name = host.toLowerCase();
  return readSettings()['registries.insecure'].some((known) => known.toLowerCase() === name);
}
