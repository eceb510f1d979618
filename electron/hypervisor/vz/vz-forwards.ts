import { AppError } from '../../contract/errors.ts';
import type { PortForward } from '../../contract/machine.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { findOnMac } from '../../network/mac/find-guest.ts';
import type { FindGuest } from '../../network/forward-proxy.ts';
import { sameForward } from '../../network/forward-set.ts';
import { ProxiedForwards } from '../../network/proxied-forwards.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import { planForwards } from '../shared/plan-options.ts';
import type { VzPlan } from './planned.ts';

/** The forwards of a machine that runs: those that macOS carries for as long as it does, and Tatin's own. */
export class VzForwards implements AsyncDisposable {
  readonly #fixed: readonly PortForward[];
  readonly #proxied: ProxiedForwards;

  private constructor(fixed: readonly PortForward[], proxied: ProxiedForwards) {
    this.#fixed = fixed;
    this.#proxied = proxied;
  }

  /** @throws AppError `port-taken` */
  static async open(plan: Pick<VzPlan, 'networks' | 'proxied'>, findGuest: FindGuest): Promise<VzForwards> {
    const fixed = plan.networks.flatMap(({ attachment }) =>
      attachment.kind === 'vmnet'
        ? attachment.forwards.map(({ protocol, hostPort, guestPort }) => ({
            ...{ protocol, hostPort, guestPort, hostAddress: '0.0.0.0', label: '' },
          }))
        : [],
    );
    const proxied = new ProxiedForwards(findGuest);
    await proxied.set(plan.proxied);
    return new VzForwards(fixed, proxied);
  }

  get forwards(): readonly PortForward[] {
    return [...this.#fixed, ...this.#proxied.forwards];
  }

  /** @throws AppError `port-taken`, `invalid-input`, `not-supported` for one of macOS's own that should go */
  async set(wanted: readonly PortForward[]): Promise<void> {
    const kept = this.#fixed.find((fixed) => !wanted.some((forward) => sameForward(forward, fixed)));
    if (kept !== undefined)
      throw new AppError('not-supported', `macOS keeps port ${kept.hostPort} open until the machine has shut down.`);
    await this.#proxied.set(
      planForwards(wanted).filter((forward) => !this.#fixed.some((fixed) => sameForward(fixed, forward))),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxied[Symbol.asyncDispose]();
  }
}

/** A guest that answered is not looked for again for as long as this. */
const trustedMs = 5_000;

/** Where the guest is: by its agent, else by what this Mac has given out and heard of its cards. */
export function macGuestFinder(agent: GuestAgent, plan: Pick<VzPlan, 'networks'>, run: RunCommand): FindGuest {
  const macs = plan.networks.map(({ macAddress }) => macAddress);
  let known: { address: string; until: number } | undefined;
  return async (signal) => {
    if (known !== undefined && performance.now() < known.until) return known.address;
    const address = await agent.address(signal).then(
      ({ ip }) => ip,
      async (error: unknown) => {
        const found = await findOnMac(macs, run);
        if (found === undefined) throw error;
        return found.ip;
      },
    );
    known = { address, until: performance.now() + trustedMs };
    return address;
  };
}
