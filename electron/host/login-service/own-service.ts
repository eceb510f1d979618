import { homedir } from 'node:os';
import path from 'node:path';
import type { LoginServiceStatus } from '../../contract/login-service.ts';
import { runCommand } from '../command-runner.ts';
import { isHomeFromEnvironment } from '../folders.ts';
import { cacheFolder, homePath, ownUid, runtimeFolder, stateFolder } from '../folders.ts';
import { projectRoot } from '../paths.ts';
import { LoginService } from './login-service.ts';
import type { ServiceProgram } from './unit-files.ts';

/** The service of this Tatin with this user's home, for every interface. */
export class OwnService {
  readonly #service: LoginService;
  readonly #program: (port: number | undefined) => ServiceProgram;

  constructor(service: LoginService = loginService(), program = serviceProgram) {
    this.#service = service;
    this.#program = program;
  }

  async status(): Promise<LoginServiceStatus> {
    return await this.#service.status(this.#program(undefined));
  }

  /** @param port of the browser entry; default: any that is free. @throws AppError `not-supported`, `not-allowed` */
  async install(port: number | undefined): Promise<LoginServiceStatus> {
    return await this.#service.install(this.#program(port));
  }

  async uninstall(): Promise<LoginServiceStatus> {
    return await this.#service.uninstall(this.#program(undefined));
  }
}

function loginService(): LoginService {
  return new LoginService({
    platform: process.platform,
    home: homedir(),
    uid: ownUid(),
    logFile: path.join(stateFolder(), 'service.log'),
    configHome: process.env.XDG_CONFIG_HOME ?? path.join(homedir(), '.config'),
    run: runCommand,
    // It is unpacked to another place at each start, so nothing may point there.
    notAvailable:
      process.env.APPIMAGE === undefined
        ? undefined
        : 'An AppImage has no fixed place that a service could start from. Install the .deb package instead.',
  });
}

/** Login gives a service none of the variables of this process. */
function serviceProgram(port: number | undefined): ServiceProgram {
  return {
    program: launcher(projectRoot()),
    args: ['serve', ...(port === undefined ? [] : ['--port', String(port)])],
    environment: {
      // A home that the settings name may be another one day.
      ...(isHomeFromEnvironment() ? { TART_HOME: homePath() } : {}),
      TATIN_STATE: stateFolder(),
      TATIN_CACHE: cacheFolder(),
      TATIN_RUNTIME: runtimeFolder(),
      PATH: process.env.PATH ?? '/usr/bin:/bin',
    },
  };
}

/** `bin/tatin` of a checkout, or of an installed app, where it lies beside the archive that everything else is in. */
export function launcher(root: string): string {
  return path.join(root.endsWith('.asar') ? path.dirname(root) : root, 'bin/tatin');
}
