import type { Area } from '../operation.ts';
import { local } from './local-names.ts';
import { rowOf } from './machine-rows.ts';

/** Operations on the folders of VMs. */
export const vms: Area<'vms'> = {
  needs: 'library',
  procedures: async () => (await import('../../contract/vms.ts')).vmProcedures,
  rows: {
    'vms.list': async (services, { from }) => {
      if (from === 'machines') return await (await services.load()).machines.list();
      return (await services.library.list()).map((entry) => rowOf(entry, {}));
    },
    'vms.get': async (services, { id, from, markUsed }) => {
      const { library } = services;
      const name = local(id);
      const look = async () =>
        library.inspector.inspect(name, library.home.vmFolder(name)) ?? (await library.get(name));
      const vm = from === 'disk' ? rowOf(await look(), {}) : await (await services.load()).machines.get(name);
      if (markUsed && vm.kind === 'machine') await library.touch(name);
      return vm;
    },
    'vms.checkName': ({ library }, { name }) => {
      const reason = library.checkName(name);
      return reason === undefined ? {} : { reason };
    },
    'vms.suggestName': async ({ library }, { suggestion }) => ({ name: await library.suggestName(suggestion) }),
    'vms.create': { load: () => import('./create.ts') },
    'vms.clone': { load: () => import('./clone.ts') },
    'vms.rename': async (services, { id, name }) => {
      await services.library.rename(local(id), name);
      return await (await services.load()).machines.get(name);
    },
    'vms.delete': ({ library }, { id, permanently }) => library.delete(local(id), permanently ? 'permanent' : 'trash'),
    'vms.configure': async (services, { id, ...changes }) => {
      await services.library.configure(local(id), changes);
      return await (await services.load()).machines.get(local(id));
    },
    'vms.replaceDisk': { load: () => import('./replace-disk.ts') },
    'vms.annotate': async (services, { id, annotations }) => {
      await services.library.annotate(local(id), annotations);
      return await (await services.load()).machines.get(local(id));
    },
    'vms.pathsToAllow': async ({ library }, { id }) => {
      const { pathsToAllow } = await import('../../hypervisor/allowing-paths.ts');
      return await pathsToAllow(library, local(id));
    },
    'vms.allowPaths': async (services, { id, paths }) => {
      const { allowPaths } = await import('../../hypervisor/allowing-paths.ts');
      await allowPaths(services.library, local(id), paths);
      return await (await services.load()).machines.get(local(id));
    },
    'vms.events': async ({ library }, { id, max }) => {
      const { readEvents } = await import('../../library/vm-events.ts');
      return await readEvents((await library.get(local(id))).folder, max);
    },
    'vms.picture': async (services, { id, maxWidth, live }) => {
      const { machines } = await services.load();
      const picture = await (live
        ? (await machines.running(local(id))).picture(maxWidth)
        : machines.picture(local(id), maxWidth));
      if (picture === undefined) return null;
      return { ...picture, png: Buffer.from(picture.png).toString('base64') };
    },
  },
};
