import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { MacDraft } from '../../../electron/contract/macos.ts';
import { appleMacs, imageHere } from '../../testing/fake-macos.ts';
import { job, linuxHost, machine, macHost, running } from '../../testing/fixtures.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const gibibyte = 1024 ** 3;

async function openSheet(start: Parameters<typeof openLibrary>[0] = {}) {
  const opened = await openLibrary({ host: macHost(), vms: [machine('web')], ...start });
  act(() => opened.app.view.setState({ overlay: { kind: 'new-vm' } }));
  const sheet = await screen.findByRole('dialog');
  return { ...opened, sheet };
}

const button = (name: string): HTMLButtonElement => screen.getByRole<HTMLButtonElement>('button', { name });
const step = (title: string) => screen.findByRole('heading', { name: title });

describe('A new macOS machine', () => {
  it('is offered elsewhere with the reason why not', async () => {
    const { sheet } = await openSheet({ host: linuxHost() });
    const choice = within(sheet).getByRole<HTMLButtonElement>('radio', { name: /macOS installer/ });
    expect(choice.disabled).toBe(true);
    expect(choice.textContent).toContain('macOS guests need a Mac with an Apple chip.');
  });

  it('goes from a version over resources and a name to its installation, and starts', async () => {
    const vms = [machine('ci', { os: 'darwin', state: running })];
    const { client, user, shell } = await openSheet({ vms });
    await user.click(screen.getByRole('radio', { name: /macOS installer/ }));
    await screen.findByText(/can be installed on this Mac/);
    screen.getByText(/17.4 GB to download, kept for the next machine; 182 GB free/);
    screen.getByText('1 of 2 macOS VMs is running, so this one can be installed now.');
    await user.selectOptions(screen.getByRole('combobox', { name: 'Version of macOS' }), 'version 24A335');
    await waitFor(() =>
      expect(client.inputsOf('macos.inspect').at(-1)).toEqual({ source: { from: 'version', version: '24A335' } }),
    );
    await waitFor(() => expect(button('Continue').disabled).toBe(false));
    await user.click(button('Continue'));
    await step('How much may it use?');
    screen.getByText(/What this macOS asks for shows when its image is here/);
    await user.click(button('Continue'));
    await step('What is it called?');
    await waitFor(() => expect(button('Install').disabled).toBe(false));
    await user.click(button('Install'));
    await step('Installing macOS');
    expect(client.inputsOf('macos.install')).toEqual([
      {
        source: { from: 'version', version: '24A335' },
        name: 'macos',
        cpuCount: 4,
        memoryBytes: 8 * gibibyte,
        diskBytes: 50e9,
        display: { width: 1920, height: 1200 },
        start: true,
      },
    ]);
    await waitFor(() => expect(client.world.macs.draft).toMatchObject({ name: 'macos', installing: 'local:macos' }));

    act(() => {
      client.world.vms.set('local:macos', machine('macos', { os: 'darwin', state: running }));
      client.tell('vms.replaced', { vms: [...client.world.vms.values()] });
      client.tell('job.changed', {
        job: job('install-Installing macOS as macos', {
          kind: 'install',
          vmId: 'local:macos',
          state: 'succeeded',
          endedAt: '2026-02-03T05:05:06.000Z',
        }),
      });
    });
    await step('Ready');
    await user.click(button('Open Console'));
    expect(shell.opened).toEqual(['local:macos']);
    expect(client.world.macs.draft).toBeNull();
  });

  it('gives no less than the image asks for', async () => {
    const { user } = await openSheet({ macs: { report: { ...appleMacs().report, ...imageHere } } });
    await user.click(screen.getByRole('radio', { name: /macOS installer/ }));
    await screen.findByText(/Its image is here already/);
    await user.click(button('Continue'));
    await user.clear(screen.getByRole('textbox', { name: 'Memory, exactly' }));
    await user.type(screen.getByRole('textbox', { name: 'Memory, exactly' }), '4');
    expect(button('Continue').title).toBe('Memory must be 6 GB to 32 GB.');
    await user.clear(screen.getByRole('textbox', { name: 'Memory, exactly' }));
    await user.type(screen.getByRole('textbox', { name: 'Memory, exactly' }), '6');
    await user.clear(screen.getByRole('textbox', { name: 'Disk size' }));
    await user.type(screen.getByRole('textbox', { name: 'Disk size' }), '10');
    expect(button('Continue').title).toContain('The disk must be 20 to');
  });

  it('says what stands in the way, and looks again', async () => {
    const { client, user } = await openSheet({
      macs: {
        report: {
          ...appleMacs().report,
          checks: [
            { id: 'space', state: 'failed', text: 'The image takes 37 GB, and 4 GB are free.', hint: 'Make room.' },
            {
              id: 'version',
              state: 'attention',
              text: 'It is newer than macOS 15 of this Mac.',
              hint: 'Xcode 26 helps.',
            },
          ],
        },
      },
    });
    await user.click(screen.getByRole('radio', { name: /macOS installer/ }));
    expect((await screen.findByRole('alert')).textContent).toContain('4 GB are free');
    screen.getByText(/Xcode 26 helps/);
    expect(button('Continue').disabled).toBe(true);
    client.world.macs.report = appleMacs().report;
    await user.click(button('Check Again'));
    await waitFor(() => expect(button('Continue').disabled).toBe(false));
  });

  it('takes an address, and says that it can’t be reached', async () => {
    const { client, user } = await openSheet();
    await user.click(screen.getByRole('radio', { name: /macOS installer/ }));
    client.refuse('macos.inspect', {
      code: 'image-unavailable',
      message: 'example.org can’t be reached.',
      retry: true,
    });
    await user.selectOptions(screen.getByRole('combobox', { name: 'Version of macOS' }), 'url');
    expect(button('Continue').disabled).toBe(true);
    await user.type(screen.getByRole('textbox', { name: /^Address/ }), 'https://example.org/a.ipsw');
    await screen.findByText(/example.org can’t be reached/);
    expect(client.inputsOf('macos.inspect').at(-1)).toEqual({
      source: { from: 'url', url: 'https://example.org/a.ipsw' },
    });
    client.refuse('macos.inspect', undefined);
    await user.click(button('Try Again'));
    await waitFor(() => expect(button('Continue').disabled).toBe(false));
  });

  it('begins with an image that was dropped', async () => {
    const { app, client } = await openLibrary({ host: macHost(), vms: [machine('web')] });
    act(() => app.view.setState({ overlay: { kind: 'new-vm', ipsw: '/Users/me/Downloads/macOS.ipsw' } }));
    await screen.findByText(/can be installed on this Mac/);
    expect(client.inputsOf('macos.inspect')).toEqual([
      { source: { from: 'file', path: '/Users/me/Downloads/macOS.ipsw' } },
    ]);
  });
});

const draft: MacDraft = {
  step: 'resources',
  source: { from: 'version', version: '15.0' },
  cpuCount: 6,
  memoryBytes: 8 * gibibyte,
  diskGigabytes: 90,
  display: '1440x900',
  name: 'ci-mac',
  start: false,
};

describe('A new macOS machine that was begun before', () => {
  it('goes on at its step, with what was chosen', async () => {
    const { user, client } = await openSheet({ macs: { draft } });
    await step('How much may it use?');
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Disk size' }).value).toBe('90');
    await waitFor(() => expect(button('Continue').disabled).toBe(false));
    await user.click(button('Continue'));
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Name' }).value).toBe('ci-mac');
    await user.click(button('Cancel'));
    expect(client.world.macs.draft).toBeNull();
  });

  it('shows an installation that was cut off, with its log, and resumes it', async () => {
    const { client, user } = await openSheet({
      macs: { draft: { ...draft, step: 'name', installing: 'local:ci-mac' }, log: 'Downloading macOS: 40 %' },
      jobs: [job('i', { kind: 'install', title: 'Installing macOS as ci-mac', vmId: 'local:ci-mac', state: 'paused' })],
    });
    await step('Installing macOS');
    await screen.findByText('Downloading macOS: 40 %');
    await user.click(button('Resume'));
    expect(client.inputsOf('jobs.resume')).toEqual([{ jobId: 'i' }]);
    await user.click(await screen.findByRole('button', { name: 'Continue in Background' }));
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is found again from the list of jobs', async () => {
    const { app, user } = await openLibrary({
      host: macHost(),
      vms: [machine('web')],
      macs: { draft: { ...draft, installing: 'local:ci-mac' } },
      jobs: [job('i', { kind: 'install', title: 'Installing macOS as ci-mac', vmId: 'local:ci-mac' })],
    });
    act(() => app.view.setState({ overlay: { kind: 'jobs' } }));
    await user.click(await screen.findByRole('button', { name: 'Show Installing macOS as ci-mac' }));
    await step('Installing macOS');
  });

  it('is a way to a first machine on a Mac only', async () => {
    const { user } = await openLibrary({ host: macHost(), vms: [] });
    await user.click(screen.getByRole('button', { name: 'Choose Version…' }));
    const choice = await screen.findByRole('radio', { name: /macOS installer/ });
    expect(choice.getAttribute('aria-checked')).toBe('true');
    cleanup();
    await openLibrary({ vms: [] });
    expect(screen.queryByRole('button', { name: 'Choose Version…' })).toBeNull();
  });

  it('lets another machine be made while it is installed', async () => {
    await openSheet({
      macs: { draft: { ...draft, installing: 'local:ci-mac' } },
      jobs: [job('i', { kind: 'install', vmId: 'local:ci-mac' })],
    });
    await step('What do you want to run?');
  });
});

describe('A third macOS machine', () => {
  const macs = ['one', 'two', 'third'].map((name) =>
    machine(name, { os: 'darwin', arch: 'arm64', ...(name === 'third' ? {} : { state: running }) }),
  );
  const limit = { code: 'machine-limit', message: 'This Mac runs two.', hint: 'End them.' } as const;

  it('starts in place of one of the two that run', async () => {
    const { app, client, user } = await openLibrary({ host: macHost(), vms: macs });
    screen.getByText('2 of 2 macOS VMs');
    client.refuse('machines.start', limit);
    act(() => app.view.setState({ selection: new Set(['local:third']) }));
    await user.keyboard('{Alt>}r{/Alt}');
    const sheet = await screen.findByRole('dialog', { name: /“third” can’t start/ });
    expect(within(sheet).getAllByRole('listitem')).toHaveLength(2);
    await user.click(within(sheet).getByRole('button', { name: 'Suspend two' }));
    expect(client.inputsOf('macos.startInstead')).toEqual([
      { id: 'local:third', instead: 'local:two', how: 'suspend' },
    ]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('offers the same of another program’s machine, and says when that is refused', async () => {
    const elsewhere = { ...running, owner: 'elsewhere' } as const;
    const { app, client, user } = await openLibrary({
      host: macHost(),
      vms: [...macs.slice(1), machine('one', { os: 'darwin', state: elsewhere })],
    });
    act(() => app.view.setState({ overlay: { kind: 'mac-limit', id: 'local:third', error: limit } }));
    screen.getByText('run by another program');
    screen.getByRole('button', { name: 'Suspend one' });
    client.refuse('macos.startInstead', { code: 'vm-not-found', message: 'It is gone.' });
    await user.click(screen.getByRole('button', { name: 'Shut down one' }));
    expect((await screen.findByRole('alert')).textContent).toContain('It is gone.');
  });

  it('lists the processes of guests where none is of this library', async () => {
    const { app } = await openLibrary({ host: macHost(), vms: [machine('third', { os: 'darwin' })] });
    const details = '4711 com.apple.Virtualization.VirtualMachine';
    act(() => app.view.setState({ overlay: { kind: 'mac-limit', id: 'local:third', error: { ...limit, details } } }));
    expect(screen.getByLabelText('Processes of guests').textContent).toBe(details);
  });
});
