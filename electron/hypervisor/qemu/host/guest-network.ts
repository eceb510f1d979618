import { AppError } from '../../../contract/errors.ts';
import type { PortForward } from '../../../contract/machine.ts';
import type { FindGuest } from '../../../network/forward-proxy.ts';
import { changesBetween } from '../../../network/forward-set.ts';
import { guestNetworkOf } from '../../../network/guest-subnet.ts';
import { hostNameServers } from '../../../network/name-servers.ts';
import { guestNames } from '../../../network/passt.ts';
import { checkPortsFree, portError } from '../../../network/ports.ts';
import { portOwner } from '../../../network/port-owner.ts';
import { ProxiedForwards } from '../../../network/proxied-forwards.ts';
import type { Plan } from '../plan.ts';
import { collide, planForwards } from '../../shared/plan-options.ts';
import { requireBridges } from '../bridges.ts';
import { hostEnd, hostForward, networkId } from '../command-line.ts';
import { type Installation, atLeast } from '../installation.ts';
import { type NoNetwork, findPasst } from '../find-passt.ts';
import type { Qmp } from '../qmp.ts';
import type { QemuSetup } from '../setup.ts';
import { openLog } from './log-file.ts';
import { PasstLink, type PasstRun, passtWorks } from './passt-link.ts';

/** The network of a QEMU that is about to start. */
export interface PreparedNetwork {
  readonly by: QemuSetup['network'];
  /** What the user should know about it. */
  readonly warning: string | undefined;
  /** Joins the network to a QEMU that answers. @throws AppError `port-taken`, `start-failed` */
  join(qemu: Joining): Promise<JoinedNetwork>;
}

interface Joining {
  readonly qmp: Qmp;
  readonly findGuest: FindGuest;
  /** Takes down what is brought up. */
  readonly stack: AsyncDisposableStack;
}

/** The network of a guest that runs. */
export interface JoinedNetwork {
  /** Which ports of the host lead into the guest now. */
  readonly forwards: readonly PortForward[];
  /** @throws AppError `port-taken`, `invalid-input`, `not-supported`; then all is as it was */
  setForwards(wanted: readonly PortForward[]): Promise<void>;
  /** Resolves if the network ends before the guest does. */
  readonly ended: Promise<void>;
}

const never = new Promise<never>(() => undefined);

/**
 * Finds what makes the network of a plan: passt, or a bridge of the host. Where passt does not work, there is QEMU's own,
 * which lets nothing out: a guest without a network is better than one that reaches what it should not.
 * @throws AppError `port-taken`, `not-supported` with the reason
 */
export async function prepareNetwork(
  { network }: Plan,
  installation: Installation,
  runFolder: string,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<PreparedNetwork> {
  if (network.kind === 'none')
    return { by: { by: 'none' }, warning: undefined, join: () => Promise.resolve(noNetwork) };
  await checkPortsFree(network.forwards);
  if (network.kind === 'bridged') {
    const helper = await requireBridges(network.cards.map(({ bridge }) => bridge));
    const join = (joining: Joining) => joinBridge(joining, network.forwards);
    return { by: { by: 'bridge', helper }, warning: undefined, join };
  }
  const own = (warning?: string): PreparedNetwork => ({
    by: { by: 'user' },
    warning,
    join: ({ qmp }) => Promise.resolve(ownNetwork(qmp, network.forwards)),
  });
  if (network.kind === 'isolated') return own();
  if (!atLeast(installation, 7, 2))
    return own(noWayOut({ reason: 'this QEMU is older than 7.2', cure: 'Update QEMU' }));
  const passt = await findPasst();
  if ('reason' in passt) return own(noWayOut(passt));
  const guest = guestNetworkOf(network.subnet);
  const names = guestNames(guest, await hostNameServers(), passt.forwardsNames);
  const log = stack.use(await openLog(`${runFolder}/passt.log`));
  const run = { program: passt.program, network: { guest, hostLoopback: network.hostLoopback }, names, runFolder, log };
  if (!(await passtWorks(run, network.forwards, signal)))
    return own(noWayOut({ reason: 'passt does not start here', cure: `See why in ${log.path}, fix that` }));
  return {
    by: { by: 'passt' },
    warning: names.works ? undefined : noNames,
    join: (joining) => joinPasst(run, joining, network.forwards),
  };
}

const noNames =
  "The guest has no name server: this computer's own listens only for itself. Set one inside the guest, or install a " +
  'newer passt.';

function noWayOut({ reason, cure }: NoNetwork): string {
  return (
    `The guest has no network, because ${reason}: it reaches nothing, and only port forwards lead into it. ` +
    `${cure} and start it again.`
  );
}

const noNetwork: JoinedNetwork = {
  forwards: [],
  setForwards: () =>
    Promise.reject(
      new AppError('not-supported', 'The machine runs without a network, so no port can be forwarded to it.', {
        hint: 'Give it a network; that takes effect at the next start.',
      }),
    ),
  ended: never,
};

async function joinBridge({ findGuest, stack }: Joining, first: readonly PortForward[]): Promise<JoinedNetwork> {
  const proxied = stack.use(new ProxiedForwards(findGuest));
  await proxied.set(first);
  return {
    get forwards() {
      return proxied.forwards;
    },
    setForwards: (wanted) => proxied.set(planForwards(wanted)),
    ended: never,
  };
}

async function joinPasst(
  run: PasstRun,
  { qmp, stack }: Joining,
  first: readonly PortForward[],
): Promise<JoinedNetwork> {
  const link = stack.use(new PasstLink(run));
  const join = async (wanted: readonly PortForward[]): Promise<void> => {
    await link.join(wanted);
    await announce(qmp);
  };
  await join(first);
  let forwards = first;
  return {
    get forwards() {
      return forwards;
    },
    setForwards: async (wanted) => {
      const { open, close } = changesBetween(forwards, planForwards(wanted));
      if (open.length === 0 && close.length === 0) return;
      // One that only leads elsewhere now is taken by passt itself until that has gone.
      await checkPortsFree(open.filter((one) => !close.some((other) => collide(one, other))));
      try {
        await join(wanted);
      } catch (error) {
        await join(forwards);
        throw error;
      }
      forwards = wanted;
    },
    ended: link.ended,
  };
}

/**
 * Lets the guest's card say its MAC address. A passt that has not heard it yet sends to all, and a guest takes no
 * connection that was not sent to it.
 */
async function announce(qmp: Qmp): Promise<void> {
  await qmp.execute('announce-self', { initial: 10, max: 500, rounds: 5, step: 100 });
}

/** QEMU's own network opens and closes ports while it runs; it was started with the first ones. */
function ownNetwork(qmp: Qmp, first: readonly PortForward[]): JoinedNetwork {
  let forwards = [...first];
  const remove = (forward: PortForward) => tell(qmp, `hostfwd_remove ${networkId} ${hostEnd(forward)}`);
  const add = async (forward: PortForward) => {
    const said = await tell(qmp, `hostfwd_add ${networkId} ${hostForward(forward)}`);
    if (said !== '') throw portError(forward, new Error(said), await portOwner(forward));
  };
  return {
    get forwards() {
      return forwards;
    },
    setForwards: async (wanted) => {
      const { open, close } = changesBetween(forwards, planForwards(wanted));
      for (const forward of close) await remove(forward);
      const opened: PortForward[] = [];
      try {
        await checkPortsFree(open);
        for (const forward of open) {
          await add(forward);
          opened.push(forward);
        }
      } catch (error) {
        for (const forward of opened) await remove(forward);
        for (const forward of close) await add(forward);
        throw error;
      }
      forwards = [...wanted];
    },
    ended: never,
  };
}

/** What QEMU's monitor for people says; it has no other command for this. */
async function tell(qmp: Qmp, line: string): Promise<string> {
  return String(await qmp.execute('human-monitor-command', { 'command-line': line })).trim();
}
