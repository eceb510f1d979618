import { BlockList, isIP } from 'node:net';
import { AppError } from '../../contract/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for an address (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case),
 * as `http://[user:password@]host:port`; undefined for none. This computer itself is never asked by a proxy.
 * @throws AppError `not-supported` for one that does not speak plain HTTP
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const read = (name: string) => env[name.toLowerCase()] ?? env[name];
  const named = read(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? read('ALL_PROXY') ?? '';
  if (named === '' || isThisHost(url) || isExcepted(url, read('NO_PROXY') ?? '')) return undefined;
  const proxy = URL.parse(named.includes('://') ? named : `http://${named}`);
  if (proxy?.protocol !== 'http:')
    throw new AppError(
      'not-supported',
      'The proxy that the environment names can’t be used: it is not an http:// address.',
      {
        hint: 'Set HTTPS_PROXY to an address like http://proxy.example.com:3128, or name the registry in NO_PROXY.',
      },
    );
  return proxy.href;
}

function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/^\[|\]$/g, '').toLowerCase();
}

function isThisHost(url: URL): boolean {
  const host = hostOf(url);
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}

/** NO_PROXY: `*`, or hosts (with those below them), addresses and ranges, each with a port or without. */
function isExcepted(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (isIP(host) !== 0 && entry.includes('/')) return isInRange(entry, host);
  const [, name = '', entryPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const bare = name.replace(/^\*?\./, '');
  // A dot before it means only what is below.
  return host.endsWith(`.${bare}`) || (host === bare && bare === name);
}

function isInRange(range: string, host: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
