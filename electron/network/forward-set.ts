import type { PortForward } from '../contract/machine.ts';

/** Whether two forwards are the same way into the same port; a label is no part of it. */
export function sameForward(one: PortForward, other: PortForward): boolean {
  return sameHostPort(one, other) && one.guestPort === other.guestPort;
}

/** Whether two forwards take the same port of the host. */
export function sameHostPort(
  one: Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'>,
  other: Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'>,
): boolean {
  return one.protocol === other.protocol && one.hostPort === other.hostPort && one.hostAddress === other.hostAddress;
}

/** What is to be closed and opened to come from one list to another. */
export function changesBetween(
  now: readonly PortForward[],
  wanted: readonly PortForward[],
): { close: PortForward[]; open: PortForward[] } {
  return {
    close: now.filter((one) => !wanted.some((other) => sameForward(one, other))),
    open: wanted.filter((one) => !now.some((other) => sameForward(one, other))),
  };
}
