import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { MachineChoices } from '../../contract/network-settings.ts';
import { findProgram } from '../../host/programs.ts';
import { readBounded } from '../../files/bounded-file.ts';

/** Where QEMU's builders put the program that joins a guest's card to a bridge. */
const helperPlaces = ['/usr/lib/qemu', '/usr/libexec', '/usr/local/libexec', '/usr/lib/qemu-kvm'];
/** Which bridges the administrator lets it join; the helper refuses all others, also to the administrator. */
const listFile = '/etc/qemu/bridge.conf';

/** What guests can be bridged to, with reasons for what they can't. */
export interface Bridges {
  /** Absolute path; undefined if there is none, or it may not be used. */
  readonly helper: string | undefined;
  /** Why no bridge can be joined, if so. */
  readonly notAvailable: string | undefined;
  readonly bridges: MachineChoices['interfaces'];
}

/** Looks at the bridges of this computer, and at who may use them. */
export async function findBridges(networks = '/sys/class/net', list = listFile): Promise<Bridges> {
  const names = await readdir(networks).catch(() => []);
  const areBridges = await Promise.all(names.map((name) => exists(path.join(networks, name, 'bridge'))));
  const rules = await readRules(list);
  const bridges = names
    .filter((_, index) => areBridges[index] === true)
    .sort()
    .map((name) => {
      const notAvailable = isAllowed(rules, name)
        ? undefined
        : `${list} does not allow it: add the line “allow ${name}”.`;
      return { name, title: name, ...(notAvailable === undefined ? {} : { notAvailable }) };
    });
  const helper = await findProgram('qemu-bridge-helper', helperPlaces);
  const problem = helper === undefined ? 'QEMU’s bridge helper is not installed.' : await helperProblem(helper);
  const none = 'This computer has no bridge. Make one, as in: ip link add br0 type bridge.';
  return {
    helper: problem === undefined ? helper : undefined,
    notAvailable:
      problem ??
      (bridges.length === 0
        ? none
        : bridges.every(({ notAvailable }) => notAvailable !== undefined)
          ? bridges[0]?.notAvailable
          : undefined),
    bridges,
  };
}

/** Cards on bridges are made with the administrator's rights. */
async function helperProblem(helper: string): Promise<string | undefined> {
  if (process.getuid?.() === 0) return undefined;
  const { mode, uid } = await stat(helper);
  const setUid = 0o4000;
  if (uid === 0 && (mode & setUid) !== 0) return undefined;
  return `QEMU’s bridge helper is not allowed to join a bridge: sudo chmod u+s ${helper}`;
}

/**
 * The helper, if every bridge is there and may be joined.
 * @throws AppError `not-supported` with what to do
 */
export async function requireBridges(wanted: readonly string[], found?: Bridges): Promise<string> {
  const { helper, notAvailable, bridges } = found ?? (await findBridges());
  for (const name of wanted) {
    const bridge = bridges.find((one) => one.name === name);
    if (bridge === undefined)
      throw new AppError('not-supported', `This computer has no bridge “${name}” that the machine could join.`, {
        hint:
          bridges.length === 0
            ? 'Make one, as in: ip link add br0 type bridge. A card of the host, such as a wireless one, is not a bridge.'
            : `There are: ${bridges.map((one) => one.name).join(', ')}.`,
      });
    if (bridge.notAvailable !== undefined)
      throw new AppError('not-supported', `The bridge “${name}” can't be joined.`, { hint: bridge.notAvailable });
  }
  if (helper === undefined)
    throw new AppError('not-supported', 'The machine can’t join a bridge.', { hint: notAvailable });
  return helper;
}

interface Rule {
  readonly allows: boolean;
  readonly bridge: string;
}

/** Lines `allow NAME`, `deny NAME`, `include FILE`; NAME may be `all` (qemu-bridge-helper's own grammar). */
async function readRules(file: string, depth = 0): Promise<Rule[]> {
  const deepest = 8;
  if (depth > deepest) return [];
  const text = await readBounded(file).then(String, () => '');
  const rules: Rule[] = [];
  for (const line of text.split('\n')) {
    const [verb = '', what = ''] = line.trim().split(/\s+/);
    if (what === '' || verb.startsWith('#')) continue;
    if (verb === 'include') rules.push(...(await readRules(path.resolve(path.dirname(file), what), depth + 1)));
    else if (verb === 'allow' || verb === 'deny') rules.push({ allows: verb === 'allow', bridge: what });
  }
  return rules;
}

/** A refusal outweighs any permission, wherever it stands. */
function isAllowed(rules: readonly Rule[], name: string): boolean {
  const own = rules.filter(({ bridge }) => bridge === name || bridge === 'all');
  return own.length > 0 && own.every(({ allows }) => allows);
}

async function exists(place: string): Promise<boolean> {
  return (await stat(place).catch(() => undefined)) !== undefined;
}
