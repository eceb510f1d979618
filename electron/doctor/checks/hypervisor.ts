import { access, constants, stat } from 'node:fs/promises';
import type { Host } from '../../contract/host.ts';
import { type Check, type Repair, type Finding, passed } from '../check.ts';

/** Whether guests of this host's own kind run, and as fast as they could. */
export const hypervisor: Check = {
  id: 'hypervisor',
  title: 'Hypervisor',
  async look({ host }) {
    const { guests, arch, noun } = await host();
    return judge(guests, arch, noun, await kvmTrouble());
  },
};

/** @param kvm why `/dev/kvm` can't be used, where it matters */
export function judge(guests: Host['guests'], arch: Host['arch'], noun: string, kvm: KvmTrouble | undefined): Finding {
  const own = guests.filter((guest) => guest.arch === arch);
  const usable = own.filter(({ notAvailable }) => notAvailable === undefined);
  const others = guests.filter((guest) => guest.arch !== arch && guest.notAvailable === undefined);
  const lookedAt = guests
    .map(({ os, arch: kind, accelerator, notAvailable }) => {
      const system = os === 'darwin' ? 'macOS' : 'Linux';
      return `${system} ${kind}: ${notAvailable === undefined ? (accelerator ?? 'runs') : 'not available'}`;
    })
    .join('; ');
  const linux = usable.find(({ os }) => os === 'linux');
  if (linux === undefined && usable.length === 0) {
    const reason = own.find(({ notAvailable }) => notAvailable !== undefined)?.notAvailable;
    return { state: 'failed', summary: `${noun} can’t run guests of its own kind. ${reason ?? ''}`.trim(), lookedAt };
  }
  const emulated = linux?.driver === 'qemu' && linux.accelerator?.startsWith('emulation') === true;
  if (!emulated) return passed(`Guests run${others.length > 0 ? ', those of other processors too' : ''}.`, lookedAt);
  return {
    state: 'attention',
    summary: `Guests are emulated, which is many times slower. ${kvm?.reason ?? 'KVM was tried and does not run guests.'}`,
    lookedAt,
    ...(kvm?.cure === undefined ? {} : { cures: [kvm.cure] }),
  };
}

/** Why the kernel's hypervisor is out of reach, and what a person can type about it. */
export interface KvmTrouble {
  readonly reason: string;
  readonly cure?: Repair;
}

async function kvmTrouble(device = '/dev/kvm'): Promise<KvmTrouble | undefined> {
  if ((await stat(device).catch(() => undefined)) === undefined)
    return {
      reason: `There is no ${device}: the processor’s virtualization is off in the firmware, or this is itself a guest without nesting.`,
    };
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const says = 'sudo usermod -aG kvm "$USER"';
    return {
      reason: `You may not use ${device}.`,
      cure: { id: 'join-kvm', title: 'Join the Group kvm', kind: 'command', says },
    };
  }
}
