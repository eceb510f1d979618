import { type Backend, type Handlers, type ParsedInput, type ProcedureName, procedures } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { openChannel } from './channels.ts';
import { subscribeTo } from './events.ts';
import { operateParsed } from './operate.ts';
import type { LoadedServices } from './services.ts';
import { exportedFile } from './transfer/export.ts';

/** All operations behind the contract, for a transport. */
export function makeBackend(services: LoadedServices): Backend {
  return {
    handlers: makeHandlers(services),
    subscribe: (listener) => subscribeTo(services, listener),
    openChannel: (name, input, signal) => openChannel(services, name, input, signal),
    exportedFile: (jobId) => exportedFile(services, jobId),
  };
}

function makeHandlers(services: LoadedServices): Handlers {
  const handlers = Object.keys(procedures).map((key) => {
    const name = key as ProcedureName;
    return [
      name,
      async (input: ParsedInput<typeof name>, { signal }: { signal: AbortSignal }): Promise<unknown> => {
        try {
          return await operateParsed(services, name, input, signal);
        } catch (error) {
          // The reply says little to who must find out.
          if (AppError.from(error).code === 'unexpected') services.log.error(`${name} failed`, error);
          throw error;
        }
      },
    ] as const;
  });
  // The same names, which `fromEntries` forgets.
  return Object.fromEntries(handlers) as unknown as Handlers;
}
