import type { MachineVm } from '../../electron/contract/machine.ts';
import { agoText } from '../../electron/contract/words/times.ts';
import { sinceText } from './times.ts';

/** The third line of a card: the address, or what the machine waits for, or when it was last used. */
export function statusLine(vm: MachineVm): { text: string; mono?: boolean; failed?: boolean } {
  const { state } = vm;
  switch (state.phase) {
    case 'running':
      if (state.owner === 'elsewhere') return { text: `Another program runs it (process ${state.pid})` };
      return vm.address === undefined ? { text: 'Waiting for an address' } : { text: vm.address.ip, mono: true };
    case 'starting':
    case 'restoring':
      return { text: `Waiting for the guest, ${sinceText(state.since)}` };
    case 'paused':
      return state.error === undefined
        ? { text: `Paused ${agoText(state.since)}` }
        : { text: state.error.message, failed: true };
    case 'suspended':
      return { text: `Saved ${agoText(state.since)}` };
    case 'failed':
      return { text: state.error.message, failed: true };
    case 'saving':
      return { text: 'Saving its state to disk' };
    case 'stopping':
      return { text: state.how === 'asked' ? `Asked to shut down, ${sinceText(state.since)}` : 'Turning off' };
    case 'pausing':
    case 'resuming':
      return { text: 'One moment' };
    case 'stopped':
      return vm.notRunnable === undefined ? { text: `Last used ${agoText(vm.accessedAt)}` } : { text: vm.notRunnable };
  }
}

/** What runs inside, as far as it is known. */
export function systemText(vm: MachineVm): string {
  if (vm.annotations.system !== '') return vm.annotations.system;
  return vm.os === 'darwin' ? 'macOS' : 'Linux';
}

/** The architecture as people call it. */
export function archText(vm: MachineVm): string {
  return vm.arch === 'arm64' ? 'ARM64' : 'x86-64';
}
