import type { SoftnetChoice } from './run-options.ts';

/** Softnet's options: its frames come and go by descriptor 0, its control messages by descriptor 1. */
export function softnetArguments(macAddress: string, choice: SoftnetChoice): string[] {
  const { hostOnly, allow = [], block = [], expose = [], controlDescriptor } = choice;
  return [
    ...['--vm-fd', '0', '--vm-mac-address', macAddress],
    ...(hostOnly === true ? ['--vm-net-type', 'host'] : []),
    ...(allow.length > 0 ? ['--allow', allow.join(',')] : []),
    ...(block.length > 0 ? ['--block', block.join(',')] : []),
    ...(expose.length > 0
      ? ['--expose', expose.map(({ external, internal }) => `${external}:${internal}`).join(',')]
      : []),
    ...(controlDescriptor === undefined ? [] : ['--control-fd', '1']),
  ];
}
