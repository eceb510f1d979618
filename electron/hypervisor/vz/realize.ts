import { closeSync, constants, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { AppError } from '../../contract/errors.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { VzDescriptors } from './descriptors.ts';
import type { VzDocument, VzNetworkAttachment, VzSerialPort, VzStorageDevice } from './document.ts';
import type { VzPlan, VzPlannedDisk, VzPlannedNetwork, VzPlannedSerialPort } from './planned.ts';
import { startSoftnet } from './softnet.ts';

/** A plan with everything open that it names by path. */
export interface Realized {
  readonly document: VzDocument;
  /** The other end of Tatin's own serial port. */
  readonly console: Duplex;
  /** The path of the terminal that was made for another program, if one was. */
  readonly terminal: string | undefined;
  /** Resolves if a program that carries the guest's network ends. */
  readonly networkEnded: Promise<void>;
}

/** The framework's usual frame, which Softnet's interface on the other end has too. */
const frameBytes = 1500;

/**
 * Opens what the plan names; `stack` closes it after the run.
 * @throws AppError `disk-in-use`, `file-not-allowed`, `file-not-found`, `not-supported`
 */
export async function realize(
  plan: VzPlan,
  descriptors: VzDescriptors,
  stack: AsyncDisposableStack,
): Promise<Realized> {
  const { start: _start, suspendable: _suspendable, displayRefit: _displayRefit, proxied: _proxied, ...fixed } = plan;
  const ended = Promise.withResolvers<undefined>();
  const storage = plan.storage.map((disk) => openDisk(disk, descriptors, stack));
  const networks = await openNetworks(plan.networks, descriptors, stack, () => ended.resolve(undefined));
  const console = openConsole(descriptors, stack);
  const others = plan.serialPorts.filter((port) => port.kind !== 'console');
  const opened = others.map((port) => openSerialPort(port, descriptors, stack));
  return {
    document: { ...fixed, storage, networks, serialPorts: [console.port, ...opened.map(({ port }) => port)] },
    console: console.stream,
    terminal: opened.find(({ terminal }) => terminal !== undefined)?.terminal,
    networkEnded: ended.promise,
  };
}

function openDisk(
  { device, identifier, attachment }: VzPlannedDisk,
  descriptors: VzDescriptors,
  stack: AsyncDisposableStack,
): VzStorageDevice {
  if (attachment.kind !== 'block') return { device, identifier, attachment };
  const { path: place, ...rest } = attachment;
  const descriptor = openDrive(place, attachment.readOnly);
  stack.defer(() => descriptors.close(descriptor));
  return { device, identifier, attachment: { ...rest, descriptor } };
}

function openDrive(place: string, readOnly: boolean): number {
  try {
    return openSync(place, readOnly ? constants.O_RDONLY : constants.O_RDWR);
  } catch (error) {
    if (hasCode(error, 'EBUSY'))
      throw new AppError('disk-in-use', `The drive ${place} is in use by macOS.`, {
        hint: `Unmount it: diskutil unmountDisk ${place}`,
        retry: true,
        cause: error,
      });
    if (hasCode(error, 'EACCES', 'EPERM'))
      throw new AppError('file-not-allowed', `You may not open the drive ${place}.`, {
        hint: `Take it over: sudo chown $USER ${place}`,
        cause: error,
      });
    if (hasCode(error, 'ENOENT')) throw new AppError('file-not-found', `There is no drive ${place}.`, { cause: error });
    throw error;
  }
}

async function openNetworks(
  networks: readonly VzPlannedNetwork[],
  descriptors: VzDescriptors,
  stack: AsyncDisposableStack,
  onEnd: () => void,
): Promise<VzDocument['networks']> {
  const opened: { macAddress: string; attachment: VzNetworkAttachment }[] = [];
  for (const { macAddress, attachment } of networks) {
    if (attachment.kind !== 'softnet') {
      opened.push({ macAddress, attachment });
      continue;
    }
    const { here, there } = descriptors.openPair('datagram');
    stack.defer(() => descriptors.close(here));
    try {
      const softnet = stack.use(await startSoftnet(macAddress, attachment, there));
      void softnet.ended.then(onEnd);
    } finally {
      // Softnet has its own copy, and must notice when the machine's end closes.
      descriptors.close(there);
    }
    opened.push({
      macAddress,
      attachment: { kind: 'descriptor', descriptor: here, maximumTransmissionUnit: frameBytes },
    });
  }
  return opened;
}

function openConsole(descriptors: VzDescriptors, stack: AsyncDisposableStack): { port: VzSerialPort; stream: Duplex } {
  const { here, there } = descriptors.openPair('stream');
  const stream = descriptors.streamOf(here);
  stack.defer(() => {
    stream.destroy();
    descriptors.close(there);
  });
  return { port: { kind: 'descriptors', reading: there, writing: there }, stream };
}

function openSerialPort(
  port: Exclude<VzPlannedSerialPort, { kind: 'console' }>,
  descriptors: VzDescriptors,
  stack: AsyncDisposableStack,
): { port: VzSerialPort; terminal?: string } {
  if (port.kind === 'terminal') {
    const { descriptor, path: terminal } = descriptors.openTerminal();
    stack.defer(() => descriptors.close(descriptor));
    return { port: { kind: 'descriptors', reading: descriptor, writing: descriptor }, terminal };
  }
  const descriptor = openTerminalDevice(port.path);
  stack.defer(() => closeSync(descriptor));
  return { port: { kind: 'descriptors', reading: descriptor, writing: descriptor } };
}

function openTerminalDevice(place: string): number {
  try {
    return openSync(place, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    const code = hasCode(error, 'ENOENT') ? 'file-not-found' : 'file-not-allowed';
    throw new AppError(code, `The terminal ${place} can't be opened.`, { cause: error });
  }
}
