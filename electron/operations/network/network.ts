import { AppError } from '../../contract/errors.ts';
import { local } from '../machines/local-names.ts';
import type { Area } from '../operation.ts';
import type { LoadedServices } from '../services.ts';
import { addForward, listForwards, removeForward } from './forwards.ts';

/** Operations on the network of this host. */
export const network: Area<'network', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/network.ts')).networkProcedures,
  rows: {
    'network.get': (services) => services.network.read(),
    'network.checkSubnet': (services, input) => services.network.check(input),
    'network.setSubnet': async (services, input) => {
      await services.network.setSubnet(input);
      return await services.network.read();
    },
    'network.resetSubnet': async (services) => {
      await services.network.resetSubnet();
      return await services.network.read();
    },
    'network.setLeaseTime': async (services, { seconds }) => {
      await services.network.setLeaseSeconds(seconds);
      return await services.network.read();
    },
    'network.clearLeases': async (services, { which }) => {
      await services.network.clearLeases(which);
      return await services.network.read();
    },
    'network.tryHost': (services, input, signal) => services.network.tryHost(input, signal),
    'network.choices': async ({ machines, driver }, { id }) => {
      const vm = await machines.get(local(id));
      if (vm.kind === 'machine') return await driver.choices(vm);
      throw new AppError('vm-unreadable', `${vm.reason}.`, { hint: 'Repair its files first.' });
    },
  },
};

/** Operations on ports of the host that lead into a machine. None ends half-way with the page that asked. */
export const forwards: Area<'forwards', LoadedServices> = {
  needs: 'everything',
  procedures: async () => (await import('../../contract/network.ts')).networkProcedures,
  rows: {
    'forwards.list': (services, { id }) => listForwards(services, local(id)),
    'forwards.add': async (services, { id, forward }) => {
      await addForward(services, local(id), forward);
      return await services.machines.get(local(id));
    },
    'forwards.remove': async (services, { id, ...port }) => {
      await removeForward(services, local(id), port);
      return await services.machines.get(local(id));
    },
  },
};
