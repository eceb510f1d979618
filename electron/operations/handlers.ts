import type { Handlers } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { listRegistries } from '../credentials/find-credentials.ts';
import { logIn, logOut } from '../credentials/log-in.ts';
import { listFolder } from '../files/list-folder.ts';
import type { Log } from '../host/log.ts';
import { readEvents } from '../library/vm-events.ts';
import { allowPaths, pathsToAllow } from '../hypervisor/allowing-paths.ts';
import { cloneVm, createVm } from './machines/creation.ts';
import { diagnostics } from './host/doctor-service.ts';
import { execute } from './machines/execution.ts';
import { inspectExport, startExport } from './transfer/exports.ts';
import { sendToGuest } from './machines/guest-files.ts';
import { inspect, startImport } from './transfer/imports.ts';
import { imageCatalog } from '../registry/catalog.ts';
import { describe, tagsOf } from './images/image-facts.ts';
import { makeFromImage } from './images/image-machines.ts';
import { supervisionHandlers } from './supervision/supervision-handlers.ts';
import { local } from './machines/local-names.ts';
import { macHandlers } from './macos/mac-handlers.ts';
import { networkHandlers } from './network/network-handlers.ts';
import { settingsHandlers } from './host/settings-handlers.ts';
import { previewPrune, startPrune } from './images/pruning.ts';
import { startPull } from './images/pulling.ts';
import { startPush } from './images/pushing.ts';
import { startVerify } from './images/verifying.ts';
import type { Warn } from './images/registries.ts';
import type { Rooms } from './rooms.ts';

/** What each procedure of the contract does. Inputs have been parsed; errors thrown here become replies. */
export function makeHandlers(services: Rooms): Handlers {
  const warn: Warn = (message, error) => services.log.warn(message, error);
  const { library, machines, jobs, images, network } = services;
  return {
    'vms.list': () => machines.list(),
    'vms.get': ({ id }) => machines.get(local(id)),
    'vms.checkName': ({ name }) => {
      const reason = library.checkName(name);
      return Promise.resolve(reason === undefined ? {} : { reason });
    },
    'vms.suggestName': async ({ wish }) => ({ name: await library.suggestName(wish) }),
    'vms.create': (input) => createVm(services, input),
    'vms.clone': (input) => cloneVm(services, input),
    'vms.rename': async ({ id, name }) => {
      await library.rename(local(id), name);
      return await machines.get(name);
    },
    'vms.delete': ({ id, permanently }) => library.delete(local(id), permanently ? 'permanent' : 'trash'),
    'vms.configure': async ({ id, ...changes }) => {
      await library.configure(local(id), changes);
      return await machines.get(local(id));
    },
    'vms.annotate': async ({ id, annotations }) => {
      await library.annotate(local(id), annotations);
      return await machines.get(local(id));
    },
    'vms.pathsToAllow': ({ id }) => pathsToAllow(library, local(id)),
    'vms.allowPaths': async ({ id, paths }) => {
      await allowPaths(library, local(id), paths);
      return await machines.get(local(id));
    },
    'vms.events': async ({ id, max }) => await readEvents((await library.get(local(id))).folder, max),
    'vms.picture': async ({ id, maxWidth }) => {
      const picture = await machines.picture(local(id), maxWidth);
      if (picture === undefined) return null;
      return { ...picture, png: Buffer.from(picture.png).toString('base64') };
    },

    // Neither ends with the page that asked: a window is not a machine.
    'machines.start': async ({ id }) => {
      await machines.start(local(id));
      return await machines.get(local(id));
    },
    'machines.shutDown': ({ id }) => machines.shutDown(local(id)),
    'machines.forceStop': ({ id }) => machines.forceStop(local(id)),
    'machines.reset': ({ id }) => machines.reset(local(id)),
    'machines.pause': ({ id }) => machines.pause(local(id)),
    'machines.resume': ({ id }) => machines.resume(local(id)),
    'machines.suspend': ({ id }) => machines.suspend(local(id)),
    'machines.discardSuspended': ({ id }) => machines.discardSuspended(local(id)),
    'machines.usage': ({ id }) => machines.usage(local(id)),
    'machines.address': ({ id }, { signal }) => machines.address(local(id), signal),
    'machines.exec': async ({ id, command, stdin }, { signal }) =>
      await execute((await machines.running(local(id))).agent, command, stdin, signal),
    'machines.agent': async ({ id }, { signal }) => {
      try {
        await (await machines.running(local(id))).agent.ping(signal);
        return { available: true };
      } catch (error) {
        return { available: false, reason: AppError.from(error).message };
      }
    },

    'images.list': () => images.list(),
    'images.catalog': async () => imageCatalog(await services.driver.guests()),
    'images.describe': (input, { signal }) => describe(library, input, signal),
    'images.tags': (input, { signal }) => tagsOf(input, signal),
    'images.pull': (input) => Promise.resolve(startPull(services, input)),
    'images.push': (input) => startPush(services, input),
    'images.clone': (input) => Promise.resolve(makeFromImage(services, input)),
    'images.pin': ({ id, pinned }) => images.pin(id, pinned),
    'images.delete': ({ ids }) => images.delete(ids),
    'images.verify': (input) => Promise.resolve(startVerify(services, input)),
    'images.prunePreview': (input) => previewPrune(library, input),
    'images.prune': (input) => Promise.resolve(startPrune(services, input)),

    'registries.list': (_input, { signal }) => listRegistries(signal, { warn }),
    'registries.logIn': (input, { signal }) => logIn({ ...input, signal }),
    'registries.logOut': ({ host }, { signal }) => logOut(host, { signal }),

    'imports.inspect': ({ source }, { signal }) => inspect(services, source, signal),
    'imports.start': (input, { signal }) => startImport(services, input, signal),
    'exports.inspect': (input) => inspectExport(library, input),
    'exports.start': (input) => startExport(services, input),
    'uploads.begin': (input) => services.uploads.begin(input),
    'uploads.discard': ({ uploadId }) => services.uploads.discard(uploadId),
    'guestFiles.send': (input) => sendToGuest(services, input),

    ...macHandlers(services),

    'jobs.list': () => jobs.list(),
    'jobs.pause': ({ jobId }) => jobs.pause(jobId),
    'jobs.resume': ({ jobId }) => jobs.resume(jobId),
    'jobs.cancel': ({ jobId }) => jobs.cancel(jobId),
    'jobs.retry': ({ jobId }) => jobs.retry(jobId),
    'jobs.dismiss': ({ jobId }) => jobs.dismiss(jobId),

    'network.get': () => network.read(),
    'network.checkSubnet': (input) => network.check(input),
    'network.setSubnet': async (input) => {
      await network.setSubnet(input);
      return await network.read();
    },
    'network.resetSubnet': async () => {
      await network.resetSubnet();
      return await network.read();
    },
    'network.setLeaseTime': async ({ seconds }) => {
      await network.setLeaseSeconds(seconds);
      return await network.read();
    },
    'network.clearLeases': async ({ which }) => {
      await network.clearLeases(which);
      return await network.read();
    },
    'network.tryHost': (input, { signal }) => network.tryHost(input, signal),

    ...networkHandlers(services),

    'doctor.examine': (_input, { signal }) => services.doctor.examine(signal),
    // Not called off with the page that asked: half a cure is none.
    'doctor.fix': ({ checkId, fixId }) => services.doctor.fix(checkId, fixId, new AbortController().signal),
    'doctor.diagnostics': (_input, { signal }) => diagnostics(services, signal),

    ...supervisionHandlers(services),

    ...settingsHandlers(services),

    'host.get': () => services.host(),
    'host.listFolder': ({ path, extensions }) => listFolder(path, extensions),
  };
}

/** The same handlers, with what nobody expected of them written down: the reply says little to who must find out. */
export function withLog(handlers: Handlers, log: Log): Handlers {
  const logged = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (...args: unknown[]): Promise<unknown> => {
      try {
        // Each handler gets exactly what it would have been called with.
        return await (handler as (...args: unknown[]) => Promise<unknown>)(...args);
      } catch (error) {
        if (AppError.from(error).code === 'unexpected') log.error(`${name} failed`, error);
        throw error;
      }
    },
  ]);
  // The same names, which `fromEntries` forgets.
  return Object.fromEntries(logged) as Handlers;
}
