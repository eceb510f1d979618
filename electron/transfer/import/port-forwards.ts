import type { LeftOut } from '../../contract/imports.ts';
import { type PortForward, portForwardSchema } from '../../contract/machine.ts';

/** A forward as another program keeps it; an empty or missing address means any. */
export interface ForeignForward {
  readonly protocol: string;
  readonly hostAddress: string | undefined;
  readonly hostPort: number;
  readonly guestPort: number;
}

/** Which of another program's forwards a machine gets, and which not, each with the reason. */
export interface TakenForwards {
  readonly portForwards: readonly PortForward[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Takes forwards over for this computer alone: the maker of the machine must not open a port of this host to its
 * network. One without an address is for this computer here.
 */
export function takeForwards(forwards: readonly ForeignForward[]): TakenForwards {
  const portForwards: PortForward[] = [];
  const leftOut: LeftOut[] = [];
  for (const { protocol, hostAddress = '', hostPort, guestPort } of forwards) {
    const from = `${hostAddress === '' ? '' : `${hostAddress}:`}${Number.isNaN(hostPort) ? '?' : hostPort}`;
    const setting = `Port forward ${from} to ${Number.isNaN(guestPort) ? '?' : guestPort}`;
    const parsed = portForwardSchema.safeParse({
      protocol: protocol.toLowerCase(),
      hostPort,
      guestPort,
      ...(hostAddress === '' ? {} : { hostAddress }),
    });
    if (!parsed.success) leftOut.push({ setting, reason: 'It is not possible as it is written.' });
    else if (!parsed.data.hostAddress.startsWith('127.'))
      leftOut.push({
        setting,
        reason: 'It would open a port of this computer to other computers. Add it again if that is wanted.',
      });
    else portForwards.push(parsed.data);
  }
  return { portForwards, leftOut };
}
