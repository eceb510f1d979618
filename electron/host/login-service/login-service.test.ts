import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandResult } from '../command-runner.ts';
import { LoginService } from './login-service.ts';
import { launcher, OwnService } from './own-service.ts';
import { launchdPlist, systemdService } from './unit-files.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'tatin-service-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const program = { program: '/opt/tatin/bin/tatin', args: ['serve'], environment: { TART_HOME: '/vms' } };

/** A user's session, whose manager agrees unless the test says otherwise. */
function session(
  platform: NodeJS.Platform,
  answer: (line: string) => Partial<CommandResult> = () => ({}),
  notAvailable?: string,
) {
  const calls: string[] = [];
  const service = new LoginService({
    ...{ platform, home, uid: 501, logFile: path.join(home, 'service.log'), configHome: path.join(home, '.config') },
    notAvailable,
    run: (name, args) => {
      const line = [name, ...args].join(' ');
      calls.push(line);
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...answer(line) });
    },
  });
  return { service, calls };
}

describe('The service at login', () => {
  it('is a unit of the user’s systemd, which starts it at once', async () => {
    const { service, calls } = session('linux');
    const file = path.join(home, '.config/systemd/user/tatin.service');
    expect(await service.status(program)).toMatchObject({
      isInstalled: false,
      isRunning: false,
      system: 'systemd',
      file,
    });
    expect(await service.install(program)).toMatchObject({ isInstalled: true, isRunning: true, file });
    expect(calls.slice(1)).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now tatin.service',
      'systemctl --user is-active --quiet tatin.service',
    ]);
    expect(readFileSync(file, 'utf8')).toContain(
      'ExecStart="/opt/tatin/bin/tatin" "serve"\nEnvironment="TART_HOME=/vms"',
    );
    // Variables may one day hold what others need not know.
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await service.uninstall(program)).isInstalled).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  it('is an agent of the user’s launchd, in place of an older one', async () => {
    const { service, calls } = session('darwin');
    const file = path.join(home, 'Library/LaunchAgents/app.tatin.service.plist');
    await service.install(program);
    expect(calls.slice(0, 2)).toEqual([
      '/bin/launchctl bootout gui/501/app.tatin.service',
      `/bin/launchctl bootstrap gui/501 ${file}`,
    ]);
    await service.uninstall(program);
    expect(existsSync(file)).toBe(false);
  });

  it('says why the session took none', async () => {
    const { service } = session('linux', (line) =>
      line.includes('enable') ? { exitCode: 1, stderr: 'Failed to connect to bus' } : {},
    );
    await expect(service.install(program)).rejects.toMatchObject({
      code: 'not-allowed',
      details: 'Failed to connect to bus',
      hint: expect.stringContaining('enable-linger') as string,
    });
  });

  it('is not there until it is installed, and taking away none is no failure', async () => {
    const { service, calls } = session('linux', () => ({ exitCode: 3 }));
    expect(await service.status(program)).toMatchObject({ isInstalled: false, isRunning: false });
    await service.uninstall(program);
    expect(calls.some((call) => call.includes('disable'))).toBe(false);
  });
});

describe('The service of this Tatin', () => {
  it('is said to be what would be written, and then what was', async () => {
    const own = new OwnService(session('linux').service, (port) => ({
      ...program,
      args: ['serve', ...(port === undefined ? [] : ['--port', String(port)])],
    }));
    const before = await own.status();
    expect(before).toMatchObject({ isInstalled: false, text: systemdService(program) });
    const after = await own.install(8006);
    expect(after.text).toBe(readFileSync(after.file, 'utf8'));
    expect(after.text).toContain('"serve" "--port" "8006"');
    expect(await own.uninstall()).toEqual(before);
  });

  it('can’t be installed where nothing stays in its place, and says so', async () => {
    const { service, calls } = session('linux', () => ({ exitCode: 3 }), 'It moves.');
    expect(await service.status(program)).toMatchObject({ isInstalled: false, notAvailable: 'It moves.' });
    await expect(service.install(program)).rejects.toMatchObject({ code: 'not-supported', message: 'It moves.' });
    expect(calls.filter((call) => call.includes('enable'))).toEqual([]);
  });

  it('starts what lies beside the archive of an installed app', () => {
    expect(launcher('/work/tatin')).toBe('/work/tatin/bin/tatin');
    expect(launcher('/Applications/Tatin.app/Contents/Resources/app.asar')).toBe(
      '/Applications/Tatin.app/Contents/Resources/bin/tatin',
    );
  });
});

describe('The files of the service', () => {
  const odd = {
    program: '/opt/it\'s & "50%" <new>/bin/tatin',
    args: ['serve', '$HOME', '${x}'],
    environment: { TART_HOME: '/a "b" \\c\\ %d $e' },
  };

  it('keep every character on systemd’s way', () => {
    const text = systemdService(odd);
    expect(text).toContain('ExecStart="/opt/it\'s & \\"50%%\\" <new>/bin/tatin" "serve" "$$HOME" "$${x}"');
    expect(text).toContain('Environment="TART_HOME=/a \\"b\\" \\\\c\\\\ %%d $e"');
  });

  it('keep every character on launchd’s way, as another reader of plists says', () => {
    const file = path.join(home, 'agent.plist');
    writeFileSync(file, launchdPlist(odd, '/log & more'));
    const script = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    const read: unknown = JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }));
    expect(read).toMatchObject({
      Label: 'app.tatin.service',
      ProgramArguments: [odd.program, ...odd.args],
      EnvironmentVariables: odd.environment,
      StandardOutPath: '/log & more',
      KeepAlive: { SuccessfulExit: false },
    });
  });
});
