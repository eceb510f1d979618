import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { defaultNetwork } from '../../contract/network-settings.ts';
import { AppError } from '../../contract/errors.ts';
import { type RunCommand, runCommand } from '../../host/command-runner.ts';
import type { LatestMac, MacImage, MacSetup } from '../../macos/install-mac.ts';
import { noAnnotations } from '../../library/annotations.ts';
import type { VmConfig } from '../../library/config.ts';
import type { Work } from '../../jobs/work.ts';
import type { VzAddon, VzNativeMachine } from './addon.ts';
import type { MacInstaller } from '../mac-installer.ts';
import { type VzDocument, type VzFacts, vzEventSchema, vzRestoreImageSchema } from './document.ts';
import { vzError } from './errors.ts';
import { lookAtLoginKeychain } from './login-keychain.ts';
import { buildVzPlan } from './plan.ts';

/** New macOS machines by Virtualization.framework. */
export function vzMacSetup({ addon, facts }: { addon: VzAddon; facts: VzFacts }): MacSetup {
  return {
    readImage: (file, signal) => readImage(addon, file, signal),
    prepare: (nvram, hardwareModel) => {
      try {
        addon.createAuxiliaryStorage(JSON.stringify({ path: nvram, hardwareModel, overwrite: true }));
        return { ecid: addon.createMachineIdentifier('mac') };
      } catch (error) {
        throw vzError(error);
      }
    },
    install: (folder, config, image, work) => install({ addon, facts, folder, config, image, work }),
  };
}

/**
 * All that installs macOS on this Mac, and what there is to know before.
 * @throws AppError `not-supported` where its processor runs no macOS guests
 */
export function vzMacInstaller(
  { addon, facts }: { addon: VzAddon; facts: VzFacts },
  run: RunCommand = runCommand,
): MacInstaller {
  if (!facts.macGuests) throw new AppError('not-supported', 'macOS guests need a Mac with Apple silicon.');
  return {
    ...vzMacSetup({ addon, facts }),
    hostMajor: facts.macOS.major,
    latest: (signal) => latestMac(addon, signal),
    loginKeychain: (signal) => lookAtLoginKeychain(run, facts.macOS.major, signal),
  };
}

/** The newest macOS that this Mac can install, and where it is. @throws AppError `image-unavailable` */
async function latestMac(addon: VzAddon, signal: AbortSignal): Promise<LatestMac> {
  signal.throwIfAborted();
  try {
    const { version, build, url } = vzRestoreImageSchema.parse(JSON.parse(await addon.latestRestoreImage()));
    signal.throwIfAborted();
    return { version, build, url };
  } catch (error) {
    throw vzError(error);
  }
}

async function readImage(addon: VzAddon, file: string, signal: AbortSignal): Promise<MacImage> {
  signal.throwIfAborted();
  try {
    // The framework does not follow links.
    const image = vzRestoreImageSchema.parse(JSON.parse(await addon.loadRestoreImage(await realpath(file))));
    const { version, build, requirements, supported } = image;
    if (requirements !== null && supported) return { version, build, requirements };
    throw new AppError('image-not-supported', `This Mac can't install macOS ${version} in a guest.`, {
      hint: 'Update this Mac, or install Xcode of that version and open it once. Or choose an older macOS.',
    });
  } catch (error) {
    throw vzError(error);
  }
}

interface Installation {
  readonly addon: VzAddon;
  readonly facts: VzFacts;
  readonly folder: string;
  readonly config: VmConfig;
  readonly image: string;
  readonly work: Work;
}

async function install({ addon, facts, folder, config, image, work }: Installation): Promise<void> {
  const source = await realpath(image);
  work.signal.throwIfAborted();
  const document = installationDocument(folder, config, facts);
  let native: VzNativeMachine | undefined;
  const callOff = () => native?.cancelInstall();
  try {
    native = new addon.Machine(JSON.stringify(document), (text) => {
      const event = vzEventSchema.safeParse(JSON.parse(text));
      if (event.data?.event === 'installProgress') work.progress({ fraction: event.data.fraction });
    });
    work.signal.addEventListener('abort', callOff);
    await native.install(source);
  } catch (error) {
    if (work.signal.aborted) throw AppError.from(work.signal.reason);
    throw vzError(error);
  } finally {
    work.signal.removeEventListener('abort', callOff);
    native?.close();
  }
}

/** All that the machine will have but what needs a run: no shares, no serial port, NAT. */
function installationDocument(folder: string, config: VmConfig, facts: VzFacts): VzDocument {
  const vm = { folder, config, annotations: noAnnotations(), suspended: false };
  const plan = buildVzPlan(vm, { suspendable: false, network: defaultNetwork, portForwards: [], audio: false }, facts);
  const { start: _start, suspendable: _suspendable, displayRefit: _displayRefit, ...fixed } = plan;
  const { platform, boot, cpuCount, memoryBytes, display, keyboards, pointers } = fixed;
  return {
    ...{ platform, boot, cpuCount, memoryBytes, display, keyboards, pointers },
    label: `${path.basename(folder)} (installing)`.slice(0, 64),
    storage: [
      {
        device: 'virtio',
        identifier: null,
        attachment: {
          kind: 'image',
          path: path.join(folder, 'disk.img'),
          readOnly: false,
          caching: 'automatic',
          synchronization: 'full',
        },
      },
    ],
    networks: [{ macAddress: config.macAddress, attachment: { kind: 'nat' } }],
    audio: { input: 'none', output: 'silent' },
    consoles: [],
    serialPorts: [],
    shares: [],
    socket: false,
    entropy: true,
    balloon: false,
    usbController: false,
  };
}
