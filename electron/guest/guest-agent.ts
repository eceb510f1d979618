import type { Address } from '../contract/machine.ts';

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** What is asked of a guest through its agent. */
export interface GuestAgent {
  /** Rejects with `agent-unavailable` and the reason. */
  ping(signal: AbortSignal): Promise<void>;
  /**
   * Runs a program without a shell; resolves with the exit code. Output comes in pieces: who answers one with a promise
   * gets the next when it has resolved.
   */
  exec(
    command: {
      path: string;
      args: readonly string[];
      stdin?: AsyncIterable<Uint8Array>;
      /** Gives it a terminal; `resizes` tells of every new size for as long as the command runs. */
      tty?: TerminalSize & { readonly resizes?: AsyncIterable<TerminalSize> };
    },
    output: { stdout: (bytes: Uint8Array) => unknown; stderr: (bytes: Uint8Array) => unknown },
    signal: AbortSignal,
  ): Promise<number>;
  /** First global IPv4 address of the guest. */
  address(signal: AbortSignal): Promise<Address>;
  /**
   * Writes a file in the guest, over one that is there; absent where only {@link exec} can. A file that fails half-way
   * stays, for the caller to delete.
   */
  writeFile?(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}
