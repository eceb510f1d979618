import type { Handlers } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { networkProcedures } from '../../contract/network-procedures.ts';
import { addForward, listForwards, removeForward } from './forwards.ts';
import { local } from '../machines/local-names.ts';
import type { Rooms } from '../rooms.ts';

/** What each procedure about the network of one machine does. */
export function networkHandlers(rooms: Rooms): Pick<Handlers, keyof typeof networkProcedures> {
  const { machines, driver } = rooms;
  return {
    'network.choices': async ({ id }) => {
      const vm = await machines.get(local(id));
      if (vm.kind === 'machine') return await driver.choices(vm);
      throw new AppError('vm-unreadable', `${vm.reason}.`, { hint: 'Repair its files first.' });
    },
    'forwards.list': ({ id }) => listForwards(rooms, local(id)),
    // Neither ends with the page that asked: half of it would be open and not kept.
    'forwards.add': async ({ id, forward }) => {
      await addForward(rooms, local(id), forward);
      return await machines.get(local(id));
    },
    'forwards.remove': async ({ id, ...port }) => {
      await removeForward(rooms, local(id), port);
      return await machines.get(local(id));
    },
  };
}
