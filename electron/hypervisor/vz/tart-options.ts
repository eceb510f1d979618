import { AppError } from '../../contract/errors.ts';
import type { VzProvisioning, VzView } from './document.ts';
import type { VzPlan } from './planned.ts';
import type { SoftnetChoice, VzNetworkChoice, VzRunOptions } from './run-options.ts';

/** The options of Tart's `run` that mean something only on a Mac, as a command line has them. Absent: not given. */
export interface TartRunFlags {
  readonly serial?: boolean | undefined;
  readonly serialPath?: string | undefined;
  readonly audio?: boolean | undefined;
  readonly clipboard?: boolean | undefined;
  readonly recovery?: boolean | undefined;
  readonly vnc?: boolean | undefined;
  readonly vncExperimental?: boolean | undefined;
  readonly rosetta?: string | undefined;
  readonly netBridged?: readonly string[] | undefined;
  readonly netSoftnet?: boolean | undefined;
  readonly netSoftnetAllow?: string | undefined;
  readonly netSoftnetBlock?: string | undefined;
  readonly netSoftnetExpose?: string | undefined;
  readonly netSoftnetControlFd?: number | undefined;
  readonly netHost?: boolean | undefined;
  readonly suspendable?: boolean | undefined;
  readonly trackpad?: boolean | undefined;
  readonly provisioningOpts?: string | undefined;
}

/**
 * What they ask of a run. Without `--suspendable` a machine has all devices, as Tart's have.
 * @throws AppError `invalid-input`, `not-supported`
 */
export function vzOptionsOf(flags: TartRunFlags): VzRunOptions {
  if (flags.vncExperimental === true)
    throw new AppError(
      'not-supported',
      "Virtualization's own VNC server is private to Apple, and Tatin does not use it.",
      {
        hint: "Use --vnc with a guest that shares its screen, or the app's console.",
      },
    );
  const networks = networksOf(flags);
  return {
    ...(networks.length > 0 ? { networks } : {}),
    serial:
      flags.serial === true ? 'terminal' : flags.serialPath === undefined ? undefined : { path: flags.serialPath },
    audio: flags.audio,
    clipboard: flags.clipboard,
    recovery: flags.recovery,
    // A suspended machine is suspendable again whatever this says.
    suspendable: flags.suspendable ?? false,
    trackpad: flags.trackpad,
    rosetta: flags.rosetta === undefined ? undefined : { tag: flags.rosetta },
    provisioning: flags.provisioningOpts === undefined ? undefined : parseProvisioning(flags.provisioningOpts),
  };
}

function networksOf(flags: TartRunFlags): VzNetworkChoice[] {
  const bridged = (flags.netBridged ?? []).map((name) => ({ kind: 'bridged', interface: name }) as const);
  const softnet = softnetOf(flags);
  const asked = [bridged.length > 0, softnet !== undefined, flags.netHost === true].filter(Boolean).length;
  if (asked > 1) throw new AppError('invalid-input', '--net-bridged, --net-softnet and --net-host exclude each other.');
  if (softnet !== undefined) return [{ kind: 'softnet', ...softnet }];
  return flags.netHost === true ? [{ kind: 'softnet', hostOnly: true }] : bridged;
}

/** Each of Softnet's options asks for Softnet itself. */
function softnetOf(flags: TartRunFlags): SoftnetChoice | undefined {
  const { netSoftnetAllow, netSoftnetBlock, netSoftnetExpose, netSoftnetControlFd } = flags;
  const options = [netSoftnetAllow, netSoftnetBlock, netSoftnetExpose, netSoftnetControlFd];
  if (flags.netSoftnet !== true && options.every((option) => option === undefined)) return undefined;
  return {
    allow: listOf(netSoftnetAllow),
    block: listOf(netSoftnetBlock),
    expose: listOf(netSoftnetExpose).map(parseExposed),
    controlDescriptor: netSoftnetControlFd,
  };
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}

function parseExposed(text: string): { external: number; internal: number } {
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  const [external = 0, internal = 0] = (match ?? []).slice(1).map(Number);
  if (isPort(external) && isPort(internal)) return { external, internal };
  throw new AppError('invalid-input', `“${text}” does not name two ports.`, { hint: 'Write it as 2222:22.' });
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

const provisioningKeys = ['fullName', 'username', 'password', 'logsInAutomatically', 'enablesRemoteLogin'] as const;

/** `fullName=..,username=..,password=..,logsInAutomatically=true|false,enablesRemoteLogin=true|false`. */
function parseProvisioning(text: string): VzProvisioning {
  const values = new Map<string, string>();
  for (const pair of text.split(',')) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    if (!provisioningKeys.some((known) => known === key))
      throw new AppError('invalid-input', `--provisioning-opts knows no “${key === '' ? pair : key}”.`, {
        hint: `There are ${provisioningKeys.join(', ')}; values can't hold commas.`,
      });
    values.set(key, value);
  }
  const given = (key: (typeof provisioningKeys)[number]) => {
    const value = values.get(key);
    if (value === undefined || value === '')
      throw new AppError('invalid-input', `--provisioning-opts lacks ${key}.`, {
        hint: 'An account needs a name and a password.',
      });
    return value;
  };
  const flag = (key: (typeof provisioningKeys)[number]) => {
    const value = values.get(key) ?? 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    throw new AppError('invalid-input', `${key} in --provisioning-opts is neither true nor false.`);
  };
  return {
    fullName: given('fullName'),
    username: given('username'),
    password: given('password'),
    logsInAutomatically: flag('logsInAutomatically'),
    enablesRemoteLogin: flag('enablesRemoteLogin'),
  };
}

/**
 * How a machine is shown, `--no-graphics` being not at all. The window begins as large as the display, in points.
 */
export function viewOf(
  plan: Pick<VzPlan, 'label' | 'display' | 'displayRefit'>,
  { graphics = true, captureSystemKeys = false }: { graphics?: boolean; captureSystemKeys?: boolean },
): VzView | undefined {
  if (!graphics || plan.display === null) return undefined;
  const { width, height } = plan.display;
  return {
    title: plan.label,
    frame: { x: 0, y: 0, width, height },
    capturesSystemKeys: captureSystemKeys,
    reconfiguresDisplay: plan.displayRefit,
  };
}

/**
 * `--vnc`: where the guest's own Screen Sharing answers. Asks for the address again and again until `signal` aborts;
 * Tart waits a minute.
 * @throws AppError `no-address`
 */
export async function screenSharingUrl(
  address: (signal: AbortSignal) => Promise<{ ip: string }>,
  signal: AbortSignal,
  pause: () => Promise<void>,
): Promise<string> {
  while (!signal.aborted)
    try {
      return `vnc://${(await address(signal)).ip}`;
    } catch (error) {
      await pause();
    }
  throw new AppError('no-address', 'The guest has no address, so its screen can’t be shared.', {
    hint: 'Wait until it is up, and turn on Screen Sharing in its settings.',
    retry: true,
  });
}
