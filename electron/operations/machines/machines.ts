import { AppError } from '../../contract/errors.ts';
import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import { execute } from './execution.ts';
import { local } from './local-names.ts';

/** Operations on VMs that run, or are to run. None ends with the page that asked: a window is not a machine. */
export const machines: Area<'machines', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/vms.ts')).machineProcedures,
  rows: {
    'machines.start': async (services, { id }) => {
      await services.machines.start(local(id));
      return await services.machines.get(local(id));
    },
    'machines.shutDown': (services, { id }) => services.machines.shutDown(local(id)),
    'machines.forceStop': (services, { id }) => services.machines.forceStop(local(id)),
    'machines.reset': (services, { id }) => services.machines.reset(local(id)),
    'machines.pause': (services, { id }) => services.machines.pause(local(id)),
    'machines.resume': (services, { id }) => services.machines.resume(local(id)),
    'machines.stop': async (services, { id, timeoutSeconds }, signal) => ({
      outcome: await services.machines.stop(local(id), timeoutSeconds * 1000, signal),
    }),
    'machines.suspend': (services, { id }) => services.machines.suspend(local(id)),
    'machines.discardSuspended': (services, { id }) => services.machines.discardSuspended(local(id)),
    'machines.usage': (services, { id }) => services.machines.usage(local(id)),
    'machines.address': (services, { id, ...options }, signal) => services.machines.address(local(id), signal, options),
    'machines.exec': async (services, { id, command, stdin }, signal) =>
      await execute(await services.machines.agent(local(id)), command, stdin, signal),
    'machines.agent': async (services, { id }, signal) => {
      try {
        await (await services.machines.running(local(id))).agent.ping(signal);
        return { available: true };
      } catch (error) {
        return { available: false, reason: AppError.from(error).message };
      }
    },
  },
};
