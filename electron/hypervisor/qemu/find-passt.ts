import { findProgram, helpOf } from '../../host/programs.ts';

/** The program that makes the network of guests, without administrator's rights. */
export interface Passt {
  readonly program: string;
  /** It passes look-ups on to the host's own name server, wherever that is. */
  readonly forwardsNames: boolean;
}

/** Why guests have no network, as the end of a sentence, and what to do about it, as its beginning. */
export interface NoNetwork {
  readonly reason: string;
  readonly cure: string;
}

/** passt, or why guests of this computer have no network. */
export async function findPasst(): Promise<Passt | NoNetwork> {
  const program = await findProgram('passt');
  if (program === undefined) return { reason: 'passt is not installed', cure: 'Install passt' };
  const help = await helpOf(program);
  if (!help.includes('--fd')) return { reason: 'this passt is too old', cure: 'Update passt' };
  return { program, forwardsNames: help.includes('--dns-host') };
}
