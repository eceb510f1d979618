import { AppError } from '../contract/errors.ts';
import type { Address } from '../contract/machine.ts';
import type { GuestAgent } from './guest-agent.ts';

/**
 * A client of a VM's control.sock, ours or Tart's. Each call has a connection of its own, so nothing stays open between
 * calls and the socket may be another one the next time. gRPC is loaded with the first call: a machine that is only
 * started or stopped needs none.
 */
export class ControlClient implements GuestAgent {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async ping(signal: AbortSignal): Promise<void> {
    try {
      await this.address(signal);
    } catch (error) {
      // A guest without an address has answered all the same.
      if (error instanceof AppError && error.code === 'no-address') return;
      throw error;
    }
  }

  async address(signal: AbortSignal): Promise<Address> {
    return (await this.#calls()).address(signal);
  }

  async exec(...request: Parameters<GuestAgent['exec']>): Promise<number> {
    return (await this.#calls()).exec(...request);
  }

  async #calls() {
    const { ControlCalls } = await import('./control-calls.ts');
    return new ControlCalls(this.#socketPath);
  }
}
