import { describe, expect, it } from 'vitest';
import { TatinHome } from './testing/tatin.ts';

/** Nothing here may touch the library: a mistake is told before anything is opened. */
describe('the command line', () => {
  it.each([
    [['get'], "Error: Missing required argument 'name'\nUsage: tatin get [options] <name>\n"],
    [['nonsense'], "Error: Unknown command 'nonsense'\n"],
    [['lst'], 'Did you mean list?'],
    [['list', '--format', 'yaml'], 'Allowed choices are text, json.'],
    [['list', '--source', 'remote'], 'Allowed choices are local, oci.'],
    [['list', 'extra'], 'Too many arguments'],
    [['set', 'x', '--cpu', 'four'], 'It must be a whole number from 1 to 65535.'],
    [['set', 'x', '--display', '1x1x1'], 'It must look like 1920x1080'],
    [['set', 'x', '--unknown'], "Error: Unknown option '--unknown'"],
    [['clone', 'x'], "Error: Missing required argument 'new-name'"],
    [['clone', 'x', 'y', '--concurrency', '0'], 'from 1 to'],
    [['delete'], "Error: Missing required argument 'name'"],
    [['create', 'x'], 'Please specify one of --linux, --demo, --iso or --from-ipsw.'],
    [['create', 'x', '--linux', '--demo'], 'give one of them'],
    [['create', 'x', '--linux', '--disk-format', 'qcow2'], 'Allowed choices are raw, asif.'],
    [['create', 'x', '--linux', '--disk-size', '70000'], 'from 1 to 65535'],
    [['run', 'x', '--vnc', '--vnc-experimental'], '--vnc and --vnc-experimental are mutually exclusive.'],
    [['run', 'x', '--net-bridged', 'en0', '--net-host'], 'are mutually exclusive.'],
    [['run', 'x', '--net-host', '--net-softnet-allow=0.0.0.0/0'], 'are mutually exclusive.'],
    [['run', 'x', '--net-softnet-control-fd', '2'], 'from 3 to'],
    [['run', 'x', '--suspendable', '--no-keyboard'], 'are mutually exclusive.'],
    [['run', 'x', '--capture-system-keys', '--no-graphics'], 'are mutually exclusive.'],
    [['run', 'x', '--detach', '--serial'], 'are mutually exclusive.'],
    [['run', 'x', '--forward', '80'], 'It must look like 8080:80'],
    [['stop', 'x', '--timeout', 'soon'], 'from 0 to 65535'],
    [['ip', 'x', '--resolver', 'dns'], 'Allowed choices are dhcp, arp, agent.'],
    [['exec', 'x'], "Error: Missing required argument 'command'"],
    [['exec', '--detach', 'x', 'ls'], "Error: Unknown option '--detach'"],
    [['serial'], "Error: Missing required argument 'name'"],
    [['serve', '--port', '-1'], 'from 0 to 65535'],
  ])('refuses %j with 64 and says how it should look', async (args, text) => {
    using home = new TatinHome();
    const { exitCode, out, err } = await home.run(args);
    expect({ exitCode, out }).toEqual({ exitCode: 64, out: '' });
    expect(err).toContain(text);
    expect(err).toMatch(/Usage: tatin .*\n {2}See 'tatin( \w+)? --help' for more information\.\n$/);
  });

  it.each([[[]], [['help']], [['--help']], [['-h']]])('explains itself on %j', async (args) => {
    using home = new TatinHome();
    const { exitCode, out, err } = await home.run(args);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(/^Usage: tatin/);
    expect(out).toContain('Examples:');
  });

  it.each([[['help', 'set']], [['set', '--help']]])('explains one command on %j', async (args) => {
    using home = new TatinHome();
    const { exitCode, out } = await home.run(args);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Usage: tatin set \[options\] <name>/);
    expect(out).toContain('--display-refit');
  });

  it('says its version', async () => {
    using home = new TatinHome();
    expect((await home.run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('says what to do when its home can not be used', async () => {
    using home = new TatinHome();
    const { exitCode, err } = await home.run(['list'], '', { TART_HOME: '/dev/null/x' });
    expect(exitCode).toBe(1);
    expect(err).toContain('set TART_HOME to another folder');
  });

  it.each([
    [['create', 'x', '--from-ipsw', 'latest'], "macOS guests need Apple's Virtualization framework, on a Mac."],
    [['create', 'x', '--linux', '--disk-format', 'ASIF'], 'needs macOS 26.'],
    [['run', 'x', '--vnc'], '--vnc needs a Mac.\nIt is a service of macOS guests.'],
    [['run', 'x', '--rosetta', 'rosetta'], '--rosetta needs a Mac.'],
    [['run', 'x', '--net-softnet-allow=0.0.0.0/0'], '--net-softnet-allow needs a Mac.\nSoftnet works on vmnet'],
    [['run', 'x', '--no-trackpad'], '--no-trackpad needs a Mac.'],
    [['run', '--net-host', 'x'], '--net-host needs a Mac.'],
  ])('says why %j can not be done here, with 1', async (args, text) => {
    using home = new TatinHome();
    const { exitCode, out, err } = await home.run(args);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toContain(text);
  });

  it('knows a VM that is not there by 2', async () => {
    using home = new TatinHome();
    for (const args of [
      ['get', 'x'],
      ['set', 'x', '--cpu', '1'],
      ['clone', 'x', 'y'],
      ['rename', 'x', 'y'],
      ['delete', 'x'],
    ])
      expect(await home.run(args)).toMatchObject({ exitCode: 2, err: 'There is no virtual machine named "x".\n' });
  });
});
