import path from 'node:path';
import { AppError } from '../../../contract/errors.ts';
import type { Usage } from '../../../contract/machine.ts';
import { replaceFile } from '../../../files/replace-file.ts';
import type { QemuAgent } from '../../../guest/qemu-agent.ts';
import { tatinFiles } from '../../../library/layout.ts';
import type { Engine, EngineEnd, EngineEvent, SaveProblem } from '../../shared/engine.ts';
import { atLeast } from '../installation.ts';
import type { QmpEvent } from '../qmp.ts';
import { crash } from './failures.ts';
import type { GuestProcess } from './guest-process.ts';
import { ioError } from './io-error.ts';
import { savingBlocked } from './memory-transfer.ts';
import type { Prepared } from './prepare.ts';
import type { Ending } from './processes.ts';
import { type Picture, takePicture } from './screen.ts';
import { resumeSaved, saveState } from './suspend.ts';
import { UsageMeter } from './usage-meter.ts';

/** A QEMU that takes commands, and what it was started for. */
export interface LaunchedQemu {
  readonly qemu: GuestProcess;
  readonly agent: QemuAgent;
  readonly prepared: Prepared;
  /** The VM's. */
  readonly folder: string;
  readonly runFolder: string;
}

/** QEMU flushes its disks before it ends. */
const quitLimitMs = 20_000;
/** Pixels: enough for the largest card on a screen with two pixels a point. */
const keptPictureWidth = 960;

/** A guest of QEMU's. Its CPUs run since QEMU was launched, unless it waits for a saved state. */
export class QemuEngine implements Engine, Disposable {
  readonly restores: boolean;
  readonly ended: Promise<EngineEnd>;
  readonly #launched: LaunchedQemu;
  readonly #usage: UsageMeter;
  #listener: (event: EngineEvent) => void = () => undefined;
  #ioError: AppError | undefined;
  /** QEMU's word for why the guest ended, once it has said so. */
  #shutdownReason: string | undefined;
  #pictures: Promise<unknown> = Promise.resolve();

  constructor(launched: LaunchedQemu) {
    const { qemu, prepared } = launched;
    this.#launched = launched;
    this.restores = prepared.setup.incoming;
    this.#usage = new UsageMeter(qemu.pid, prepared.plan.cpuCount);
    this.ended = qemu.ended.then((ending) => this.#endOf(ending));
    qemu.qmp.onEvent((event) => this.#take(event));
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    this.#listener = listener;
  }

  async start(): Promise<void> {
    const { qemu, folder, runFolder, agent } = this.#launched;
    if (this.restores) await resumeSaved(qemu, { folder, runFolder, agent });
  }

  async requestShutdown(): Promise<void> {
    await this.#launched.qemu.qmp.execute('system_powerdown');
  }

  async stop(): Promise<void> {
    const { qemu } = this.#launched;
    const timer = setTimeout(() => void qemu.kill(), quitLimitMs);
    try {
      // It may end before it has answered.
      await qemu.qmp.execute('quit').catch(() => undefined);
      await qemu.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  async reset(): Promise<void> {
    await this.#launched.qemu.qmp.execute('system_reset');
  }

  async pause(): Promise<void> {
    await this.#launched.qemu.qmp.execute('stop');
  }

  async resume(): Promise<void> {
    this.#ioError = undefined;
    try {
      await this.#launched.qemu.qmp.execute('cont');
    } catch (error) {
      throw new AppError('start-failed', "The machine can't go on.", { details: String(error), cause: error });
    }
  }

  /** QEMU names the device that stands in the way. */
  async saveProblem(): Promise<SaveProblem | undefined> {
    const details = await savingBlocked(this.#launched.qemu.qmp);
    if (details === undefined) return undefined;
    if (/virtio-?fs|9p|vhost-user|VirtFS/i.test(details))
      return {
        reason: 'while it has shared folders',
        hint: 'Shut it down instead, or start it without shared folders.',
        details,
      };
    return { reason: 'with the devices that it has', hint: 'Shut it down instead, or pause it.', details };
  }

  async save(): Promise<void> {
    const { qemu, folder, runFolder, prepared } = this.#launched;
    const { plan, setup, run } = prepared;
    // A picture is not worth a failed suspend.
    await this.#keepPicture().catch(() => undefined);
    await saveState(qemu.qmp, { folder, runFolder, plan, setup, run });
  }

  /** A picture of the screen, at most `maxWidth` pixels wide; undefined while the guest has none. */
  picture(maxWidth: number): Promise<Picture | undefined> {
    const { qemu, runFolder, prepared } = this.#launched;
    // QEMU 7.1 learned to write PNG files.
    const pngs = atLeast(prepared.installation, 7, 1);
    const taken = this.#pictures.then(() => takePicture(qemu.qmp, runFolder, { maxWidth, pngs }));
    this.#pictures = taken.catch(() => undefined);
    return taken;
  }

  usage(): Promise<Usage[]> {
    return this.#usage.samples();
  }

  [Symbol.dispose](): void {
    this.#usage[Symbol.dispose]();
  }

  async #keepPicture(): Promise<void> {
    const picture = await this.picture(keptPictureWidth);
    if (picture !== undefined) await replaceFile(path.join(this.#launched.folder, tatinFiles.picture), picture.png);
  }

  #take({ event, data }: QmpEvent): void {
    if (event === 'BLOCK_IO_ERROR' && data.action === 'stop') this.#ioError = ioError(data);
    else if (event === 'STOP') this.#listener({ kind: 'paused', error: this.#ioError });
    else if (event === 'RESUME') this.#listener({ kind: 'running' });
    else if (event === 'SHUTDOWN') this.#shutdownReason = String(data.reason);
    else if (event === 'VSERPORT_CHANGE' && data.id === 'agent-port')
      this.#launched.agent.portChanged(data.open === true);
  }

  async #endOf(ending: Ending): Promise<EngineEnd> {
    const isOrdered = this.#shutdownReason !== undefined && this.#shutdownReason !== 'guest-panic';
    return isOrdered ? {} : { error: crash(ending, await this.#launched.qemu.output()) };
  }
}
