import type { LeftOut } from '../../contract/imports.ts';
import type { ForeignForward } from './port-forwards.ts';
import { childOf, childrenOf, type XmlElement } from './xml.ts';

/** What VirtualBox adds to an OVF: its own settings of the machine (`vbox:Machine`, as in a .vbox file). */
export interface VirtualBoxSettings {
  readonly forwards: readonly ForeignForward[];
  readonly leftOut: readonly LeftOut[];
}

const isOn = (element: XmlElement | undefined, attribute = 'enabled'): boolean =>
  element?.attributes.get(attribute) === 'true';

/** Reads them; nothing in them stands in the way of an import. */
export function readVirtualBoxSettings(system: XmlElement): VirtualBoxSettings {
  const machine = childOf(system, 'Machine');
  const hardware = childOf(machine, 'Hardware');
  if (machine === undefined || hardware === undefined) return { forwards: [], leftOut: [] };
  const adapters = childrenOf(childOf(hardware, 'Network'), 'Adapter').filter((adapter) => isOn(adapter));
  return {
    forwards: adapters.slice(0, 1).flatMap(forwardsOf),
    leftOut: [
      ...networkLeftOut(adapters),
      ...devicesLeftOut(hardware),
      ...sharingLeftOut(hardware),
      ...stateLeftOut(machine),
    ],
  };
}

function forwardsOf(adapter: XmlElement): ForeignForward[] {
  return childrenOf(childOf(adapter, 'NAT'), 'Forwarding').map(({ attributes }) => ({
    // NATProtocol in VirtualBox's settings: 0 is UDP, 1 is TCP.
    protocol: attributes.get('proto') === '0' ? 'udp' : 'tcp',
    hostAddress: attributes.get('hostip'),
    hostPort: Number(attributes.get('hostport')),
    guestPort: Number(attributes.get('guestport')),
  }));
}

const modes: Readonly<Record<string, string>> = {
  BridgedInterface: 'bridged',
  HostOnlyInterface: 'host-only',
  HostOnlyNetwork: 'host-only',
  InternalNetwork: 'internal',
  NATNetwork: 'NAT network',
};

function networkLeftOut(adapters: readonly XmlElement[]): LeftOut[] {
  const [first] = adapters;
  const mode = Object.keys(modes).find((name) => childOf(first, name) !== undefined);
  if (mode === undefined) return [];
  return [{ setting: `Network mode (${modes[mode]})`, reason: 'It shares the network of this computer (NAT).' }];
}

function devicesLeftOut(hardware: XmlElement): LeftOut[] {
  const rows: LeftOut[] = [];
  const display = childOf(hardware, 'Display');
  const screens = Number(display?.attributes.get('monitorCount') ?? 1);
  if (isOn(display, 'accelerate3D')) rows.push({ setting: '3D acceleration', reason: 'Machines here have none.' });
  if (screens > 1) rows.push({ setting: `Further displays (${screens - 1})`, reason: 'A machine has one here.' });
  if (isOn(childOf(hardware, 'RemoteDisplay')))
    rows.push({ setting: 'Remote display (VRDE)', reason: 'Its screen is shown by Tatin, also in a browser.' });
  const tpm = childOf(hardware, 'TrustedPlatformModule')?.attributes.get('type');
  if (tpm !== undefined && tpm !== 'None')
    rows.push({ setting: 'TPM', reason: 'Machines here have none: keys that its system keeps there are lost.' });
  return rows;
}

function sharingLeftOut(hardware: XmlElement): LeftOut[] {
  const rows: LeftOut[] = [];
  const folders = childrenOf(childOf(hardware, 'SharedFolders'), 'SharedFolder').length;
  if (folders > 0)
    rows.push({
      setting: `Shared folders (${folders})`,
      reason: 'Which folders of this computer it sees is for you to say. Share them again after the import.',
    });
  const clipboard = childOf(hardware, 'Clipboard')?.attributes.get('mode');
  if (clipboard !== undefined && clipboard !== 'Disabled')
    rows.push({ setting: 'Shared clipboard', reason: 'It works by VirtualBox’s own additions in the guest.' });
  return rows;
}

function stateLeftOut(machine: XmlElement): LeftOut[] {
  const rows: LeftOut[] = [];
  if (childOf(machine, 'Snapshot') !== undefined)
    rows.push({ setting: 'Snapshots', reason: 'An export of VirtualBox holds only the disk as it was then.' });
  if (childOf(childOf(machine, 'Hardware'), 'GuestProperties') !== undefined)
    rows.push({ setting: 'Guest properties', reason: 'They are between VirtualBox and its additions in the guest.' });
  return rows;
}
