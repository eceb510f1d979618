import { stat } from 'node:fs/promises';
import type { GuestOs } from '../../contract/machine.ts';
import { type MachineChoices, networkModes, type NetworkMode } from '../../contract/network-settings.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { findProgram } from '../../host/programs.ts';
import type { VzFacts } from './document.ts';

/** Where Homebrew puts programs, which an app that was not started in a terminal does not have in its PATH. */
const softnetPlaces = ['/opt/homebrew/bin', '/usr/local/bin'];

/** What a machine can be set to on this Mac, with reasons for what it can't. */
export async function vzChoices(os: GuestOs, facts: VzFacts, run: RunCommand): Promise<MachineChoices> {
  const softnet = await softnetProblem(run);
  const bridged =
    facts.bridgedInterfaces.length === 0
      ? 'Tatin is not signed for bridged networks: com.apple.vm.networking is missing.'
      : undefined;
  const reasons: Record<NetworkMode, string | undefined> = {
    nat: undefined,
    bridged,
    softnet,
    host: facts.ownSubnets ? undefined : softnet,
    isolated: softnet,
    none: undefined,
  };
  return {
    modes: networkModes.map((mode) => ({ mode, ...reason(reasons[mode]) })),
    interfaces: facts.bridgedInterfaces.map(({ identifier, name }) => ({
      name: identifier,
      title: `${name} (${identifier})`,
    })),
    hasOwnNat: false,
    nested: reason(nestedProblem(os, facts)),
  };
}

function nestedProblem(os: GuestOs, facts: VzFacts): string | undefined {
  if (os === 'darwin') return 'A macOS guest can’t run guests itself; only Linux guests can.';
  if (facts.nested) return undefined;
  return facts.macOS.major < 15
    ? `It needs macOS 15, and this Mac has macOS ${facts.macOS.major}.`
    : "This Mac's processor can't; it needs an M3 or newer.";
}

/** Softnet makes networks with the administrator's rights: its own, or by sudo without a password. */
async function softnetProblem(run: RunCommand): Promise<string | undefined> {
  const program = await findProgram('softnet', softnetPlaces);
  if (program === undefined) return 'Softnet is not installed: brew install openai/tools/softnet';
  const { mode, uid } = await stat(program);
  const setUid = 0o4000;
  if (uid === 0 && (mode & setUid) !== 0) return undefined;
  const { exitCode } = await run('/usr/bin/sudo', ['--non-interactive', program, '--help'], { timeoutMs: 10_000 });
  return exitCode === 0
    ? undefined
    : `Softnet may not create networks: sudo chown root '${program}' && sudo chmod u+s '${program}'`;
}

function reason(notAvailable: string | undefined): { notAvailable?: string } {
  return notAvailable === undefined ? {} : { notAvailable };
}
