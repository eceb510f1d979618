import { type Vm, type VmId } from '../../electron/contract/machine.ts';
import { isAlive } from '../../electron/contract/verbs.ts';

/** Which part of the library is shown. */
export type Filter = { by: 'all' } | { by: 'running' } | { by: 'suspended' } | { by: 'tag'; tag: string };
export const sortKeys = ['name', 'state', 'used', 'size'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Showing {
  readonly filter: Filter;
  readonly query: string;
  readonly sort: SortKey;
  readonly descending: boolean;
}

/** Whether a VM is in that part of the library. */
export function isIn(vm: Vm, filter: Filter): boolean {
  if (filter.by === 'all') return true;
  if (vm.kind === 'unreadable') return false;
  if (filter.by === 'running') return isAlive(vm.state.phase);
  if (filter.by === 'suspended') return vm.state.phase === 'suspended';
  return vm.annotations.tags.includes(filter.tag);
}

/** Every word must be found in the name, the system, a tag, the notes or the address. */
export function matches(vm: Vm, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const { name } = vm;
  const texts =
    vm.kind === 'unreadable'
      ? [name, vm.reason]
      : [name, vm.annotations.system, vm.annotations.notes, vm.address?.ip ?? '', ...vm.annotations.tags];
  const text = texts.join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** As people sort names: 2 before 10, capitals beside small letters. */
export const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const phaseOrder = [
  'running',
  'starting',
  'restoring',
  'resuming',
  'pausing',
  'paused',
  'saving',
  'stopping',
  'failed',
  'suspended',
  'stopped',
];

const comparisons: Record<SortKey, (a: Vm, b: Vm) => number> = {
  name: () => 0,
  state: (a, b) => rank(a) - rank(b),
  used: (a, b) => b.accessedAt.localeCompare(a.accessedAt),
  size: (a, b) => b.allocatedBytes - a.allocatedBytes,
};

function rank(vm: Vm): number {
  return vm.kind === 'unreadable' ? phaseOrder.length : phaseOrder.indexOf(vm.state.phase);
}

/** The VMs to show, in order. */
export function shownVms(vms: ReadonlyMap<VmId, Vm>, { filter, query, sort, descending }: Showing): Vm[] {
  const compare = comparisons[sort];
  const shown = [...vms.values()]
    .filter((vm) => isIn(vm, filter) && matches(vm, query))
    .sort((a, b) => compare(a, b) || byName.compare(a.name, b.name));
  return descending ? shown.reverse() : shown;
}

/** All tags with how many VMs have them, by name. */
export function tagsOf(vms: ReadonlyMap<VmId, Vm>): [tag: string, count: number][] {
  const counts = new Map<string, number>();
  for (const vm of vms.values())
    if (vm.kind === 'machine') for (const tag of vm.annotations.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => byName.compare(a, b));
}
