import { homedir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../host/command-runner.ts';
import { cacheFolder, homePath, ownUid, runtimeFolder, stateFolder } from '../../host/folders.ts';
import { LoginService, type ServiceStatus } from '../../host/login-service/login-service.ts';
import type { ServiceProgram } from '../../host/login-service/unit-files.ts';
import { projectRoot } from '../../host/paths.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { positiveUint16 } from '../values.ts';

const examples = `
The service is tatin serve under launchd or systemd of this user: it starts the machines that start with Tatin
(tatin set --autostart on) and looks after those with a restart policy.

Examples:
  tatin service install                  from the next login on, and at once
  tatin service install --port 8006      with the browser entry always at the same port
  tatin service status                   whether it is there and runs`;

export const define: DefineCommand = (command, terminal) => {
  command.description('Run Tatin at login, in the background').addHelpText('after', examples);
  command
    .command('install')
    .description('Start it at login from now on, and now')
    .option('--port <port>', 'Port of the browser entry; default: any that is free', positiveUint16)
    .action(({ port }: { port?: number }) => act(terminal, (service) => service.install(programOf(port))));
  command
    .command('uninstall')
    .description('Start it no more, and end it; machines go on')
    .action(() => act(terminal, (service) => service.uninstall()));
  command
    .command('status')
    .description('Whether it is there and runs')
    .action(() => act(terminal, (service) => service.status()));
};

async function act(terminal: Terminal, work: (service: LoginService) => Promise<ServiceStatus>): Promise<void> {
  const status = await work(
    new LoginService({
      platform: process.platform,
      home: homedir(),
      uid: ownUid(),
      logFile: path.join(stateFolder(), 'service.log'),
      configHome: process.env.XDG_CONFIG_HOME ?? path.join(homedir(), '.config'),
      run: runCommand,
    }),
  );
  terminal.print(statusText(status));
}

function statusText({ isInstalled, isRunning, file }: ServiceStatus): string {
  if (!isInstalled) return 'Tatin does not start at login.';
  return `Tatin starts at login (${file}) and ${isRunning ? 'runs now' : 'does not run now'}.`;
}

/** Login gives a service none of the variables of this terminal. */
function programOf(port: number | undefined): ServiceProgram {
  return {
    program: path.join(projectRoot(), 'bin/tatin'),
    args: ['serve', ...(port === undefined ? [] : ['--port', String(port)])],
    environment: {
      TART_HOME: homePath(),
      TATIN_STATE: stateFolder(),
      TATIN_CACHE: cacheFolder(),
      TATIN_RUNTIME: runtimeFolder(),
      PATH: process.env.PATH ?? '/usr/bin:/bin',
    },
  };
}
