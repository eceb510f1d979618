import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { RunCommand } from '../command-runner.ts';
import { type ServiceProgram, launchdLabel, launchdPlist, systemdService, systemdUnit } from './unit-files.ts';

/** Whether Tatin is started at login. */
export interface ServiceStatus {
  readonly isInstalled: boolean;
  /** Whether the system says that it runs now. */
  readonly isRunning: boolean;
  /** The file that makes it so, where it is or would be. */
  readonly file: string;
}

/** What the system of this user is. */
export interface ServiceSystem {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly uid: number;
  /** Where a launchd agent's output goes. */
  readonly logFile: string;
  readonly configHome: string;
  readonly run: RunCommand;
}

/** Makes the user's own launchd or systemd start Tatin at login: no administrator is needed, and no other user concerned. */
export class LoginService {
  readonly #system: ServiceSystem;

  constructor(system: ServiceSystem) {
    this.#system = system;
  }

  get #isMac(): boolean {
    return this.#system.platform === 'darwin';
  }

  get #file(): string {
    const { home, configHome } = this.#system;
    return this.#isMac
      ? path.join(home, 'Library/LaunchAgents', `${launchdLabel}.plist`)
      : path.join(configHome, 'systemd/user', systemdUnit);
  }

  /** What there is now. */
  async status(): Promise<ServiceStatus> {
    const file = this.#file;
    const isInstalled = await readFile(file).then(
      () => true,
      () => false,
    );
    const { exitCode } = this.#isMac
      ? await this.#system.run('/bin/launchctl', ['print', this.#target])
      : await this.#system.run('systemctl', ['--user', 'is-active', '--quiet', systemdUnit]);
    return { isInstalled, isRunning: isInstalled && exitCode === 0, file };
  }

  /** Installs it, in place of an older one, and starts it now. @throws AppError `not-supported`, `not-allowed` */
  async install(program: ServiceProgram): Promise<ServiceStatus> {
    const file = this.#file;
    const text = this.#isMac ? launchdPlist(program, this.#system.logFile) : systemdService(program);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
    if (this.#isMac) {
      // An older one is still what launchd has read; that there is none is no failure.
      await this.#system.run('/bin/launchctl', ['bootout', this.#target]);
      await this.#must('/bin/launchctl', ['bootstrap', `gui/${this.#system.uid}`, file]);
    } else {
      await this.#must('systemctl', ['--user', 'daemon-reload']);
      await this.#must('systemctl', ['--user', 'enable', '--now', systemdUnit]);
    }
    return await this.status();
  }

  /** Takes it away, and ends it; machines go on. Does nothing where there is none. */
  async uninstall(): Promise<ServiceStatus> {
    const { isInstalled, file } = await this.status();
    if (isInstalled) {
      if (this.#isMac) await this.#system.run('/bin/launchctl', ['bootout', this.#target]);
      else await this.#system.run('systemctl', ['--user', 'disable', '--now', systemdUnit]);
      await rm(file, { force: true });
      if (!this.#isMac) await this.#system.run('systemctl', ['--user', 'daemon-reload']);
    }
    return await this.status();
  }

  get #target(): string {
    return `gui/${this.#system.uid}/${launchdLabel}`;
  }

  async #must(program: string, args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.#system.run(program, args);
    if (exitCode === 0) return;
    const details = stderr.trim();
    throw new AppError('not-allowed', `${path.basename(program)} did not take the service.`, {
      hint: this.#isMac
        ? 'Log in on the screen of this Mac once: a session over SSH alone has no place for agents.'
        : 'It needs a systemd session of this user: log in normally, or run loginctl enable-linger.',
      ...(details === '' ? {} : { details }),
    });
  }
}
