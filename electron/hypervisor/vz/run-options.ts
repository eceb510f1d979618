import type { RunOptions } from '../machine.ts';
import type { VzProvisioning } from './document.ts';

/** How a machine is joined to a network other than by NAT. */
export type VzNetworkChoice =
  /** The interface's identifier ("en0") or its name. */
  | ({ readonly kind: 'bridged'; readonly interface: string } & OwnMac)
  | ({ readonly kind: 'softnet' } & SoftnetChoice & OwnMac)
  /** A network of its own, from macOS 26 on. `subnet` in CIDR notation, "192.168.200.0/24". */
  | ({ readonly kind: 'vmnet'; readonly mode: 'shared' | 'host'; readonly subnet?: string | undefined } & OwnMac);

/** Absent: the machine's own for its first card, one made from it for each further one. */
interface OwnMac {
  readonly macAddress?: string | undefined;
}

/** What Softnet lets through, as its options say it. */
export interface SoftnetChoice {
  /** Only other guests and this Mac. */
  readonly hostOnly?: boolean | undefined;
  /** CIDRs that the guest may, or may not, reach. */
  readonly allow?: readonly string[] | undefined;
  readonly block?: readonly string[] | undefined;
  /** Ports of this Mac that lead into the guest. */
  readonly expose?: readonly { readonly external: number; readonly internal: number }[] | undefined;
  /** A connected Unix stream socket of the caller's, through which the lists can be changed. */
  readonly controlDescriptor?: number | undefined;
}

/** What can be asked of a run only here. Absent means what Tart does without the option, unless said otherwise. */
export interface VzRunOptions extends RunOptions {
  readonly networks?: readonly VzNetworkChoice[] | undefined;
  /** A port for a terminal: made anew, or a terminal device that exists. It is beside the one that Tatin shows. */
  readonly serial?: 'terminal' | { readonly path: string } | undefined;
  readonly audio?: boolean | undefined;
  readonly clipboard?: boolean | undefined;
  /** macOS guests: the Mac's trackpad beside the pointer that older guests know. */
  readonly trackpad?: boolean | undefined;
  /** macOS guests: start into recoveryOS. */
  readonly recovery?: boolean | undefined;
  /**
   * macOS guests: only devices whose state can be saved, which guests before macOS 13 do not all know. Absent: wherever
   * the Mac can save state at all and nothing else asked for stands against it.
   */
  readonly suspendable?: boolean | undefined;
  /** Linux guests: the tag under which Rosetta is shared. */
  readonly rosetta?: { readonly tag: string } | undefined;
  readonly provisioning?: VzProvisioning | undefined;
}
