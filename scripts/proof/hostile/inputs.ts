import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  cyclicList,
  doublingList,
  honest,
  swap,
  swaps,
} from '../../../electron/transfer/import/testing/hostile-bundles.ts';
import { hostileVmdks, putVmdk } from '../../../electron/transfer/import/testing/vmdk-images.ts';
import { hostileFiles } from '../../../electron/library/testing/hostile-home.ts';

/** One thing that somebody else gives: what is laid down in a folder of its own, and the command that takes it. */
export interface HostileInput {
  readonly name: string;
  /** @returns the words of the command; state and home are those of the run */
  lay(folder: string, places: Places): readonly string[];
}

export interface Places {
  /** A file of the user's that must be nowhere else afterwards. */
  readonly secret: string;
  /** Of a listener that nobody may connect to. */
  readonly port: number;
  readonly home: string;
  readonly state: string;
}

const importOf = (file: string): string[] => ['import', file, 'taken', '--arch', 'amd64'];
const corpus = path.join(import.meta.dirname, '../fuzz/corpus');

/** Everything hostile that the repository can make, each for the whole program. */
export function hostileInputs(): HostileInput[] {
  return [...vmdks(), ...bundles(), ...lists(), ...machineFiles(), ...stateFiles(), ...seeds()];
}

function vmdks(): HostileInput[] {
  return Object.keys(hostileVmdks({ secret: '/secret', port: 1 })).map((name) => ({
    name: `VMDK: ${name}`,
    lay: (folder, places) => importOf(putVmdk(folder, hostileVmdks(places)[name] ?? {})),
  }));
}

/** Every file of every kind of bundle, replaced by everything that can stand in its place. */
function bundles(): HostileInput[] {
  return Object.entries(honest).flatMap(([kind, { files, make }]) =>
    files.flatMap((file) =>
      Object.keys(swaps).map((how) => ({
        name: `${kind}: ${file} is ${how}`,
        lay: (folder: string, { secret }: Places) => {
          const disk = path.join(folder, 'plain.img');
          writeFileSync(disk, Buffer.alloc(65_536, 'disk'));
          make(path.join(folder, kind), disk);
          swap(path.join(folder, kind, file), how, secret);
          return importOf(path.join(folder, kind));
        },
      })),
    ),
  );
}

function lists(): HostileInput[] {
  const made = { 'forty doubling lists': () => doublingList(40), 'a list in itself': cyclicList };
  return Object.entries(made).map(([name, list]) => ({
    name: `UTM: its settings are ${name}`,
    lay: (folder) => {
      mkdirSync(path.join(folder, 'bomb.utm/Data'), { recursive: true });
      writeFileSync(path.join(folder, 'bomb.utm/config.plist'), list());
      return importOf(path.join(folder, 'bomb.utm'));
    },
  }));
}

/** Files of a machine in the home, which a clone of a stranger's repository or a shared drive brings. */
function machineFiles(): HostileInput[] {
  const commands: Record<string, readonly string[]> = {
    'config.json': ['list'],
    'tatin.json': ['get', 'strange'],
    'events.jsonl': ['events', 'strange'],
    'usage.ring': ['usage', 'strange'],
  };
  return Object.entries(commands).flatMap(([leaf, command]) =>
    Object.entries(hostileFiles).map(([what, make]) => ({
      name: `home: ${leaf} is ${what}`,
      lay: (_folder: string, { home }: Places) => {
        const folder = path.join(home, 'vms/strange');
        mkdirSync(folder, { recursive: true });
        for (const name of ['config.json', 'nvram.bin', 'disk.img'])
          copyFileSync(path.join(home, 'vms/honest', name), path.join(folder, name));
        if (leaf === 'config.json') copyFileSync(path.join(folder, 'nvram.bin'), path.join(folder, 'disk.img'));
        swapFor(path.join(folder, leaf), make);
        return command;
      },
    })),
  );
}

function stateFiles(): HostileInput[] {
  return Object.entries(hostileFiles).map(([what, make]) => ({
    name: `state: settings.json is ${what}`,
    lay: (_folder, { state }) => {
      mkdirSync(state, { recursive: true });
      swapFor(path.join(state, 'settings.json'), make);
      return ['settings', 'list'];
    },
  }));
}

function swapFor(file: string, make: (file: string) => void): void {
  swap(file, 'none', '');
  make(file);
}

/** Seeds of the fuzz targets, which are whole files of every format, hostile ones among them. */
function seeds(): HostileInput[] {
  if (!existsSync(corpus)) return [];
  return readdirSync(corpus).flatMap((target) =>
    readdirSync(path.join(corpus, target)).map((name) => ({
      name: `file: ${target}/${name}`,
      lay: (folder: string) => {
        const bytes = readFileSync(path.join(corpus, target, name));
        const file = path.join(folder, 'given');
        writeFileSync(file, name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
        return importOf(file);
      },
    })),
  );
}
