import { type Command, Option } from 'commander';
import { AppError } from '../contract/errors.ts';
import type { AnnotationChanges, Annotations } from '../contract/machine.ts';
import {
  type NetworkMode,
  type NetworkSettings,
  networkModes,
  networkSettingsSchema,
} from '../contract/network-settings.ts';
import { usageError } from './failure.ts';
import { repeatable } from './values.ts';

/** What `tatin set` changes of a machine's network. */
export interface NetworkOptions {
  network?: NetworkMode;
  bridge?: string[];
  subnet?: string;
  hostLoopback?: 'on' | 'off';
  softnetAllow?: string;
  softnetBlock?: string;
  softnetExpose?: string;
  nested?: 'on' | 'off';
}

/** The mode that an option is a part of. */
const modeOf = {
  bridge: 'bridged',
  subnet: 'nat',
  hostLoopback: 'nat',
  softnetAllow: 'softnet',
  softnetBlock: 'softnet',
  softnetExpose: 'softnet',
} as const satisfies Partial<Record<keyof NetworkOptions, NetworkMode>>;
type Part = keyof typeof modeOf;
const parts = Object.keys(modeOf).filter((name): name is Part => name in modeOf);

const switches = ['on', 'off'] as const;

/** Adds the options, in a group of their own. */
export function addNetworkOptions(command: Command): Command {
  const option = (flags: string, description: string) => new Option(flags, description).helpGroup('Network:');
  return command
    .addOption(option('--network <kind>', 'What it is on from its next start').choices(networkModes))
    .addOption(
      option('--bridge <interface[,MAC]>', 'An interface or bridge that it joins; repeatable').argParser(
        repeatable((text) => text),
      ),
    )
    .addOption(option('--subnet <CIDR>', 'Its own NAT, such as 10.7.0.0/24; default: 10.0.2.0/24'))
    .addOption(
      option('--host-loopback <switch>', "Let it reach this computer's 127.0.0.1, at its gateway").choices(switches),
    )
    .addOption(option('--softnet-allow <list>', 'Blocks of addresses, or @host, with commas; empty for none'))
    .addOption(option('--softnet-block <list>', 'The same, for what it must not reach'))
    .addOption(option('--softnet-expose <list>', 'TCP ports that others on the network reach it by: 2222:22,8080:80'))
    .addOption(option('--nested <switch>', 'Let it run guests itself').choices(switches));
}

/** Whether an option is one of these. */
export function isNetworkOption(name: string): boolean {
  return name === 'network' || name === 'nested' || parts.some((part) => part === name);
}

/**
 * What is to be changed of what is kept beside the machine; nothing if none of the options was given.
 * @throws UsageError for options of two modes, AppError `invalid-input`
 */
export function networkChanges(options: NetworkOptions, { network }: Annotations): AnnotationChanges {
  const given = parts.filter((part) => options[part] !== undefined);
  const modes = new Set<NetworkMode>(given.map((part) => modeOf[part]));
  if (options.network !== undefined) modes.add(options.network);
  if (modes.size > 1) throw usageError(`Options of ${[...modes].join(' and ')} can't go together.`);
  const [mode] = modes;
  return {
    ...(mode === undefined ? {} : { network: checked({ ...settingsOf(mode, network), ...changesOf(options) }) }),
    ...(options.nested === undefined ? {} : { nested: options.nested === 'on' }),
  };
}

/** What it was set to if that was the same mode, so that one option does not undo the others. */
function settingsOf(mode: NetworkMode, before: NetworkSettings): Record<string, unknown> {
  return before.mode === mode ? before : { mode };
}

function changesOf({ bridge, subnet, hostLoopback, softnetAllow, softnetBlock, softnetExpose }: NetworkOptions) {
  return {
    ...(bridge === undefined ? {} : { interfaces: bridge.map(cardOf) }),
    ...(subnet === undefined ? {} : { subnet }),
    ...(hostLoopback === undefined ? {} : { hostLoopback: hostLoopback === 'on' }),
    ...(softnetAllow === undefined ? {} : { allow: listOf(softnetAllow) }),
    ...(softnetBlock === undefined ? {} : { block: listOf(softnetBlock) }),
    ...(softnetExpose === undefined ? {} : { expose: listOf(softnetExpose).map(portsOf) }),
  };
}

function cardOf(text: string): { interface: string; macAddress?: string } {
  const at = text.lastIndexOf(',');
  if (at === -1) return { interface: text };
  return { interface: text.slice(0, at), macAddress: text.slice(at + 1).toLowerCase() };
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function portsOf(text: string): { external: number; internal: number } {
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  if (match !== null) return { external: Number(match[1]), internal: Number(match[2]) };
  throw new AppError('invalid-input', `“${text}” does not name two ports.`, { hint: 'Write it as 2222:22.' });
}

function checked(settings: Record<string, unknown>): NetworkSettings {
  const parsed = networkSettingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (settings.mode === 'bridged' && settings.interfaces === undefined)
    throw new AppError('invalid-input', 'A bridged machine needs something to be bridged to.', {
      hint: 'Name it: --bridge br0.',
    });
  throw new AppError('invalid-input', `The network can't be set so: ${issue?.message ?? ''}.`, {
    details: issue?.path.join('.'),
  });
}

/**
 * What `tatin run` asks for; nothing leaves it to what is kept beside the machine.
 * @param isMac whether Tart's own options are read elsewhere, with all that a Mac makes of them
 */
export function networkOfRun(
  { network, netBridged = [] }: { network?: NetworkMode; netBridged?: readonly string[] },
  annotations: Annotations,
  isMac = process.platform === 'darwin',
): { network?: NetworkSettings } {
  if (netBridged.length > 0 && !isMac)
    return { network: checked({ mode: 'bridged', interfaces: netBridged.map(cardOf) }) };
  return network === undefined ? {} : { network: checked(settingsOf(network, annotations.network)) };
}
