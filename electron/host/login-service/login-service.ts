import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { LoginServiceStatus } from '../../contract/login-service.ts';
import type { RunCommand } from '../command-runner.ts';
import { type ServiceProgram, launchdLabel, launchdPlist, systemdService, systemdUnit } from './unit-files.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { replaceFile } from '../../files/replace-file.ts';

/** What the system of this user is. */
export interface ServiceSystem {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly uid: number;
  /** Where a launchd agent's output goes. */
  readonly logFile: string;
  readonly configHome: string;
  readonly run: RunCommand;
  /** Why nothing can be installed for this Tatin, if so. */
  readonly notAvailable?: string | undefined;
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

  #textFor(program: ServiceProgram): string {
    return this.#isMac ? launchdPlist(program, this.#system.logFile) : systemdService(program);
  }

  /** What there is now. @param program what would be installed */
  async status(program: ServiceProgram): Promise<LoginServiceStatus> {
    const file = this.#file;
    const installed = await readBounded(file).then(String, () => undefined);
    const { exitCode } = this.#isMac
      ? await this.#system.run('/bin/launchctl', ['print', this.#target])
      : await this.#system.run('systemctl', ['--user', 'is-active', '--quiet', systemdUnit]);
    const { notAvailable } = this.#system;
    return {
      system: this.#isMac ? 'launchd' : 'systemd',
      isInstalled: installed !== undefined,
      isRunning: installed !== undefined && exitCode === 0,
      file,
      text: installed ?? this.#textFor(program),
      ...(notAvailable === undefined ? {} : { notAvailable }),
    };
  }

  /** Installs it, in place of an older one, and starts it now. @throws AppError `not-supported`, `not-allowed` */
  async install(program: ServiceProgram): Promise<LoginServiceStatus> {
    if (this.#system.notAvailable !== undefined) throw new AppError('not-supported', this.#system.notAvailable);
    const file = this.#file;
    const text = this.#textFor(program);
    await mkdir(path.dirname(file), { recursive: true });
    await replaceFile(file, text, { mode: 0o600 });
    if (this.#isMac) {
      // An older one is still what launchd has read; that there is none is no failure.
      await this.#system.run('/bin/launchctl', ['bootout', this.#target]);
      await this.#must('/bin/launchctl', ['bootstrap', `gui/${this.#system.uid}`, file]);
    } else {
      await this.#must('systemctl', ['--user', 'daemon-reload']);
      await this.#must('systemctl', ['--user', 'enable', '--now', systemdUnit]);
    }
    return await this.status(program);
  }

  /** Takes it away, and ends it; machines keep running. Does nothing where there is none. */
  async uninstall(program: ServiceProgram): Promise<LoginServiceStatus> {
    const { isInstalled, file } = await this.status(program);
    if (isInstalled) {
      if (this.#isMac) await this.#system.run('/bin/launchctl', ['bootout', this.#target]);
      else await this.#system.run('systemctl', ['--user', 'disable', '--now', systemdUnit]);
      await rm(file, { force: true });
      if (!this.#isMac) await this.#system.run('systemctl', ['--user', 'daemon-reload']);
    }
    return await this.status(program);
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
