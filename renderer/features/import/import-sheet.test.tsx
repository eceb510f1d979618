import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { type ImportReport, type MachineImport, maxFolderFiles } from '../../../electron/contract/imports.ts';
import { drop, holdOver } from '../../testing/drop.ts';
import { machine, macHost } from '../../testing/fixtures.ts';
import { fakeShell } from '../../testing/fake-shell.ts';
import { openLibrary } from '../../testing/open-library.tsx';

const gigabyte = 1000 ** 3;

function machineReport(name: string, otherwise: Partial<MachineImport> = {}): MachineImport {
  return {
    result: 'machine',
    name,
    title: 'QCOW2 disk image',
    kind: 'qcow2',
    suggestedName: name.replace(/\..*$/, ''),
    os: 'linux',
    arch: 'amd64',
    disks: [{ name, format: 'QCOW2', bytes: 20 * gigabyte, allocatedBytes: 3 * gigabyte }],
    neededBytes: 3 * gigabyte,
    freeBytes: 40 * gigabyte,
    clones: false,
    canMove: false,
    warnings: [],
    leftOut: [],
    ...otherwise,
  };
}

async function library(reports: readonly ImportReport[], shell = fakeShell()) {
  const opened = await openLibrary({ vms: [machine('a')], shell });
  for (const report of reports) opened.client.world.intake.reports.set(report.name, report);
  return opened;
}

const file = (name: string, text = 'bytes of it', type = ''): File => new File([text], name, { type });
const importButton = (name = 'Import'): HTMLButtonElement => screen.getByRole('button', { name });

describe('a drop on the library', () => {
  it('says while it is held what will happen, and how many', async () => {
    await library([]);
    holdOver([file('a.qcow2')]);
    expect(screen.getByText('Drop to import')).toBeTruthy();
    holdOver([file('a.qcow2'), file('b.ova')]);
    expect(screen.getByText('Drop to import 2 files')).toBeTruthy();
  });

  it('sends the file, says what it is and becomes, and imports it under the name given', async () => {
    const { user, client } = await library([machineReport('web.qcow2', { cpuCount: 4, memoryBytes: 2 ** 32 })]);
    await drop([file('web.qcow2')]);
    expect(await screen.findByText('Linux machine, x86-64, 4 CPUs, 4 GB memory')).toBeTruthy();
    expect(screen.getByText('QCOW2 disk image')).toBeTruthy();
    expect(screen.getByText('20 GB, about 3 GB on disk')).toBeTruthy();
    const [upload] = client.inputsOf('uploads.begin');
    expect(upload).toMatchObject({ name: 'web.qcow2', sizeBytes: 11 });
    const name = screen.getByRole('textbox', { name: 'Name for web.qcow2' });
    await user.clear(name);
    expect(importButton().disabled).toBe(true);
    await user.type(name, 'web-2');
    await user.click(importButton());
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(client.inputsOf('imports.start')).toMatchObject([
      { source: { from: 'upload', uploadId: upload?.uploadId }, name: 'web-2', how: 'copy' },
    ]);
    // The job holds it from now on.
    expect(client.inputsOf('uploads.discard')).toEqual([{ uploadId: upload?.uploadId }]);
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const { user, client } = await library([machineReport('web.qcow2')]);
    await drop([file('web.qcow2')]);
    await screen.findByText('QCOW2 disk image');
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(client.inputsOf('uploads.discard')).toHaveLength(1);
    expect(client.inputsOf('imports.start')).toEqual([]);
  });

  it('makes a job of each of several, under names of their own', async () => {
    const { user, client } = await library([
      machineReport('one.qcow2', { suggestedName: 'disk' }),
      machineReport('two.qcow2', { suggestedName: 'disk' }),
    ]);
    await drop([file('one.qcow2'), file('two.qcow2')]);
    await waitFor(() => expect(importButton('Import 2').disabled).toBe(false));
    await user.click(importButton('Import 2'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const names = client.inputsOf('imports.start').map(({ name }) => name);
    expect(names.sort()).toEqual(['disk', 'disk-2']);
  });

  it('says what is wrong with what can’t be imported, and offers nothing more', async () => {
    const error = { code: 'image-damaged', message: 'It ends in the middle.', hint: 'Download it again.' } as const;
    await library([{ result: 'refused', name: 'web.qcow2', title: 'QCOW2 disk image', error }]);
    await drop([file('web.qcow2')]);
    expect(await screen.findByText('It ends in the middle.')).toBeTruthy();
    expect(screen.getByText('Download it again.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Import' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Close' })).toBeTruthy();
  });

  it('is a folder, which is sent with all that is in it', async () => {
    const { client } = await library([machineReport('Work.utm')]);
    const data = {
      name: 'Data',
      entries: [file('disk.qcow2', 'the disk'), file('.DS_Store', 'x'), file('efi_vars.fd')],
    };
    await drop([{ name: 'Work.utm', entries: [file('config.plist', 'settings'), data] }]);
    await screen.findByDisplayValue('Work');
    const files = [
      { path: 'Data/disk.qcow2', sizeBytes: 8 },
      { path: 'Data/efi_vars.fd', sizeBytes: file('efi_vars.fd').size },
      { path: 'config.plist', sizeBytes: 8 },
    ];
    expect(client.inputsOf('uploads.begin')[0]).toMatchObject({ name: 'Work.utm', files });
  });

  it('is a folder of several, whose parts are kept until the last of them has its job', async () => {
    const { user, client } = await library([]);
    client.world.intake.onSeveral = (uploadId) => {
      for (const name of ['one.img', 'two.img']) client.world.intake.reports.set(name, machineReport(name));
      return ['one.img', 'two.img'].map((name) => ({ from: 'upload', uploadId, part: name }));
    };
    await drop([{ name: 'Disks', entries: [file('one.img', '1'), file('two.img', '2')] }]);
    await screen.findByRole('textbox', { name: 'Name for two.img' });
    await user.click(screen.getByRole('button', { name: 'Leave out one.img' }));
    expect(client.inputsOf('uploads.discard')).toEqual([]);
    await user.click(importButton());
    await waitFor(() => expect(client.inputsOf('imports.start')).toMatchObject([{ source: { part: 'two.img' } }]));
    await waitFor(() => expect(client.inputsOf('uploads.discard')).toHaveLength(1));
  });

  it('is a folder with too much in it, or nothing, and is not sent', async () => {
    const { client } = await library([]);
    const many = Array.from({ length: maxFolderFiles + 1 }, (_none, index) => file(`${index}`));
    await drop([
      { name: 'Many', entries: many },
      { name: 'Empty', entries: [{ name: 'Inside', entries: [] }] },
    ]);
    expect((await screen.findAllByText(/Many has more than/)).length).toBeGreaterThan(0);
    expect((await screen.findAllByText('There are no files in Empty.')).length).toBeGreaterThan(0);
    expect(client.inputsOf('uploads.begin')).toEqual([]);
  });

  it('leads with an installer disc to a new machine that has it in its drive', async () => {
    const { user, client } = await library([
      {
        result: 'installer',
        name: 'debian.iso',
        title: 'Installer disc',
        isoPath: '/discs/debian.iso',
        suggestedName: 'debian',
        arch: 'arm64',
        bytes: gigabyte,
      },
    ]);
    await drop([file('debian.iso')]);
    expect(await screen.findByText('/discs/debian.iso')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await screen.findByDisplayValue('debian');
    await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Create' }).disabled).toBe(false));
    await user.click(screen.getByRole('button', { name: 'Create' }));
    expect(client.inputsOf('vms.create')).toMatchObject([
      { name: 'debian', arch: 'arm64', source: { from: 'iso', isoPath: '/discs/debian.iso' } },
    ]);
  });

  it('is not taken while another sheet is open', async () => {
    const { app, client } = await library([machineReport('web.qcow2')]);
    act(() => app.view.setState({ overlay: { kind: 'keys' } }));
    await drop([file('web.qcow2')]);
    expect(client.inputsOf('uploads.begin')).toEqual([]);
  });
});

describe('a file with a path', () => {
  const desktop = () => fakeShell({ kind: 'desktop', pathOf: (dropped) => `/disks/${(dropped as File).name}` });

  it('is not sent, and may be kept or moved, by arrow keys too', async () => {
    const { user, client } = await library([machineReport('web.img', { canMove: true, clones: true })], desktop());
    await drop([file('web.img')]);
    const keep = await screen.findByRole('radio', { name: /Keep/ });
    expect(keep.getAttribute('aria-checked')).toBe('true');
    keep.focus();
    await user.keyboard('{ArrowRight}');
    expect(screen.getByRole('radio', { name: /Move/ }).getAttribute('aria-checked')).toBe('true');
    await user.click(importButton());
    await waitFor(() => expect(client.inputsOf('imports.start')).toHaveLength(1));
    expect(client.inputsOf('imports.start')).toMatchObject([
      { source: { from: 'path', path: '/disks/web.img' }, how: 'move' },
    ]);
    expect(client.inputsOf('uploads.begin')).toEqual([]);
  });

  it('leads with a restore image of macOS to a new machine, where that can be installed', async () => {
    const image = { name: 'macOS.ipsw', title: 'Restore image', version: '15.0', build: '24A335' };
    const report = { ...image, result: 'restore-image' as const, path: '/disks/macOS.ipsw' };
    const { user, client } = await library([report], desktop());
    await drop([file('macOS.ipsw')]);
    client.world.host = macHost();
    client.tell('host.changed', { host: macHost() });
    await user.click(await screen.findByRole('button', { name: 'New Machine…' }));
    await screen.findByText(/can be installed on this Mac/);
    expect(client.inputsOf('macos.inspect')).toEqual([{ source: { from: 'file', path: '/disks/macOS.ipsw' } }]);
  });

  it('asks for the processor only where nothing says so', async () => {
    const { arch: _arch, ...plain } = machineReport('web.img');
    const { user, client } = await library([plain], desktop());
    await drop([file('web.img')]);
    await user.selectOptions(await screen.findByRole('combobox', { name: 'Processor for web.img' }), 'arm64');
    await user.click(importButton());
    await waitFor(() => expect(client.inputsOf('imports.start')).toMatchObject([{ arch: 'arm64' }]));
  });

  it('is not begun where there is no room, and says the numbers', async () => {
    const report = machineReport('web.img', { neededBytes: 50 * gigabyte });
    await library([report], desktop());
    await drop([file('web.img')]);
    expect(await screen.findByText('It needs 50 GB, and 40 GB are free')).toBeTruthy();
    expect(importButton().disabled).toBe(true);
  });

  it('lists what does not carry over', async () => {
    const warnings = ['Its second network card.', 'Its snapshots.'];
    await library([machineReport('web.img', { warnings })], desktop());
    await drop([file('web.img')]);
    const note = await screen.findByRole('note');
    expect(
      within(note)
        .getAllByRole('listitem')
        .map(({ textContent }) => textContent),
    ).toEqual(warnings);
  });

  it('lists the settings that do not carry over, each with the reason, many of them behind their number', async () => {
    const row = (index: number) => ({ setting: `Setting ${index}`, reason: `Because of ${index}.` });
    await library(
      [
        machineReport('few.img', { leftOut: [row(1), row(2)] }),
        machineReport('many.img', { leftOut: Array.from({ length: 9 }, (_none, index) => row(index)) }),
      ],
      desktop(),
    );
    await drop([file('few.img'), file('many.img')]);
    const few = await screen.findByLabelText('Settings of few.img that do not carry over');
    expect(
      within(few)
        .getAllByRole('term')
        .map(({ textContent }) => textContent),
    ).toEqual(['Setting 1', 'Setting 2']);
    expect(within(few).getAllByRole('definition')[1]?.textContent).toBe('Because of 2.');
    const many = screen.getByText('9 settings do not carry over').closest('details');
    expect(many?.open).toBe(false);
    expect(few.closest('details')?.open).toBe(true);
  });

  it('is asked about one by one where it is a folder of several', async () => {
    const shell = desktop();
    await library(
      [
        {
          result: 'several',
          name: 'Disks',
          title: 'Folder',
          sources: ['/d/one.img', '/d/two.img'].map((path) => ({ from: 'path', path })),
          othersCount: 1,
        },
        machineReport('one.img'),
        machineReport('two.img'),
      ],
      shell,
    );
    await drop([file('Disks')]);
    expect(await screen.findByRole('textbox', { name: 'Name for two.img' })).toBeTruthy();
    await waitFor(() => expect(importButton('Import 2').disabled).toBe(false));
  });

  it('comes also from the app’s icon', async () => {
    let give: ((paths: readonly string[]) => void) | undefined;
    const shell = fakeShell({
      kind: 'desktop',
      onOpenFiles: (listener) => {
        give = listener;
        return () => undefined;
      },
    });
    await library([machineReport('web.img')], shell);
    give?.(['/disks/web.img']);
    expect(await screen.findByRole('textbox', { name: 'Name for web.img' })).toBeTruthy();
  });
});

describe('an import that is refused', () => {
  it('says why, and keeps what was decided', async () => {
    const { user, client } = await library([machineReport('web.qcow2')]);
    await drop([file('web.qcow2')]);
    await screen.findByDisplayValue('web');
    client.refuse('imports.start', { code: 'no-space', message: 'The disk is full.', hint: 'Free some space.' });
    await user.click(importButton());
    expect(await screen.findByText(/The disk is full/)).toBeTruthy();
    client.refuse('imports.start', undefined);
    await user.click(importButton());
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});
