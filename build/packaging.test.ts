import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { childrenOf, parseXml } from '../electron/transfer/import/xml.ts';
import { deepLinkScheme } from '../electron/shell/deep-link.ts';

const root = path.join(import.meta.dirname, '..');
const inRoot = (file: string) => path.join(root, file);
const require = createRequire(inRoot('node_modules/electron-builder/package.json'));

const configSchema = z.object({
  extends: z.string().optional(),
  files: z.array(z.string()).optional(),
  asarUnpack: z.array(z.string()).optional(),
  extraResources: z.array(z.object({ from: z.string(), to: z.string() })).optional(),
  publish: z.object({ provider: z.string(), url: z.string() }).optional(),
  protocols: z.array(z.object({ name: z.string(), schemes: z.array(z.string()) })).optional(),
  fileAssociations: z.array(z.object({ ext: z.union([z.string(), z.array(z.string())]) })).optional(),
  electronFuses: z.record(z.string(), z.boolean()).optional(),
  mac: z
    .object({
      icon: z.string().optional(),
      minimumSystemVersion: z.string().optional(),
      entitlements: z.string(),
      entitlementsInherit: z.string().optional(),
      extendInfo: z.record(z.string(), z.string()).optional(),
      hardenedRuntime: z.boolean().optional(),
      notarize: z.boolean().optional(),
      target: z.array(z.string()).optional(),
    })
    .optional(),
  linux: z.object({ icon: z.string(), executableName: z.string(), maintainer: z.string().optional() }).optional(),
});

const read = (file: string) => JSON.parse(readFileSync(inRoot(file), 'utf8')) as unknown;
const config = configSchema.parse(read('build/electron-builder.json'));
const managed = configSchema.parse(read('build/electron-builder.managed.json'));

/** The keys of a property list of entitlements, all of which are true. */
function entitlementsIn(file: string): string[] {
  const [dict] = childrenOf(parseXml(readFileSync(inRoot(file), 'utf8')), 'dict');
  const keys = childrenOf(dict, 'key').map(({ text }) => text);
  expect(childrenOf(dict, 'true')).toHaveLength(keys.length);
  return keys;
}

describe('The packaging', () => {
  it.each(['build/electron-builder.json', 'build/electron-builder.managed.json'])(
    '%s is what electron-builder takes',
    async (file) => {
      // Its own check, which has no public name.
      const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
        validateConfiguration: (config: unknown, log: unknown) => Promise<void>;
      };
      const { DebugLogger } = require('builder-util') as { DebugLogger: new (on: boolean) => unknown };
      await expect(validateConfiguration(read(file), new DebugLogger(false))).resolves.toBeUndefined();
      await expect(
        validateConfiguration({ ...(read(file) as object), unknownKey: 1 }, new DebugLogger(false)),
      ).rejects.toThrow();
    },
  );

  it('names a maintainer and a home page, without which electron-builder makes no deb', () => {
    expect(config.linux?.maintainer).toMatch(/^.+ <.+@.+>$/);
    expect(read('package.json')).toMatchObject({ homepage: expect.stringMatching(/^https:/) as string });
  });

  it('names files that exist', () => {
    const named = [
      config.mac?.icon,
      config.mac?.entitlements,
      managed.mac?.entitlements,
      config.linux?.icon,
      managed.extends,
    ];
    for (const file of [...named, ...(config.extraResources ?? []).map(({ from }) => from)])
      expect(file !== undefined && existsSync(inRoot(file)), file).toBe(true);
  });

  it('signs with what machines need, and with bridging only where Apple grants it', () => {
    const usual = entitlementsIn('build/entitlements.mac.plist');
    expect(usual).toContain('com.apple.security.virtualization');
    expect(usual).toContain('com.apple.security.device.audio-input');
    expect(usual).not.toContain('com.apple.vm.networking');
    expect(entitlementsIn('build/entitlements.managed.plist').toSorted()).toEqual(
      [...usual, 'com.apple.vm.networking'].toSorted(),
    );
    expect(config.mac?.hardenedRuntime).toBe(true);
    // The microphone's entitlement without words for the user would be a crash.
    expect(config.mac?.extendInfo).toHaveProperty('NSMicrophoneUsageDescription');
  });

  it('signs the development copy with no less for machines', () => {
    expect(entitlementsIn('build/entitlements.dev.plist')).toContain('com.apple.security.virtualization');
  });

  it('packs every native addon, and unpacks it', () => {
    const addons = execFileSync('git', ['ls-files', 'native/*/binding.gyp'], { cwd: root, encoding: 'utf8' });
    expect(addons.trim().split('\n').length).toBeGreaterThan(1);
    expect(config.files).toContain('native/*/build/Release/*.node');
    expect(config.files).toContain('node_modules/keytar/build/Release/*.node');
    expect(config.asarUnpack).toEqual(['**/*.node', 'native/confine/build/Release/confine']);
  });

  it('packs addons with liblz4 in them, which the computer that runs them may not have', () => {
    const addon = inRoot('native/transfer/build/Release/transfer.node');
    const [program, option] = process.platform === 'darwin' ? (['otool', '-L'] as const) : (['readelf', '-d'] as const);
    const needed = execFileSync(program, [option, addon], { encoding: 'utf8' });
    expect(needed).toMatch(/libstdc\+\+|libc\+\+/);
    expect(needed).not.toContain('lz4');
  });

  it('packs the launcher of confined programs as a file that can be started, without its probe', () => {
    const launcher = 'native/confine/build/Release/confine';
    expect(config.files).toContain(launcher);
    expect(config.files?.filter((pattern) => pattern.includes('confine'))).toEqual([launcher]);
  });

  it('packs every bundle that is started as a process, and lets Electron be the Node for it', () => {
    expect(config.files).toContain('dist/main/**');
    // The processes behind machines and the command line run by ELECTRON_RUN_AS_NODE, which this fuse allows.
    expect(config.electronFuses).toMatchObject({
      runAsNode: true,
      onlyLoadAppFromAsar: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
    });
  });

  it('is opened by the addresses that the app reads, and by files that it can take in', () => {
    expect(config.protocols?.flatMap(({ schemes }) => schemes)).toEqual([deepLinkScheme]);
    const extensions = (config.fileAssociations ?? []).flatMap(({ ext }) => ext);
    expect(extensions).toEqual(expect.arrayContaining(['tvm', 'ipsw', 'iso', 'qcow2', 'img', 'raw']));
    expect(new Set(extensions).size).toBe(extensions.length);
  });

  it('says where its update files are cached, and no place of its own that anything is fetched from', () => {
    // A feed is set by those who have one; without it nothing is asked for, and this address can't be (RFC 2606).
    expect(config.publish).toMatchObject({ provider: 'generic' });
    expect(new URL(config.publish?.url ?? '').hostname).toMatch(/\.invalid$/);
  });

  it('is notarized and signed by what the environment says, and never published by itself', () => {
    expect(config.mac?.notarize).toBe(true);
    const workflow = readFileSync(inRoot('.github/workflows/package.yml'), 'utf8');
    for (const name of ['CSC_LINK', 'CSC_KEY_PASSWORD', 'APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'])
      expect(workflow).toContain(`${name}: \${{ secrets.${name} }}`);
    expect(workflow).toContain('--publish never');
    for (const file of readFileSync(inRoot('build/electron-builder.json'), 'utf8').matchAll(
      /"(\w*(?:password|token|secret)\w*)"/gi,
    ))
      expect(file[0]).toBeUndefined();
  });

  it('makes an app for the processor that it is made on, as the addons are', () => {
    expect(config.mac?.target).toEqual(['dmg', 'zip']);
  });

  it('asks for the oldest macOS that the addon is built for', () => {
    expect(readFileSync(inRoot('native/vz/binding.gyp'), 'utf8')).toContain(
      `"MACOSX_DEPLOYMENT_TARGET": "${config.mac?.minimumSystemVersion ?? ''}"`,
    );
  });
});

describe('The command line of an installed app', () => {
  it.each(['Contents/MacOS/Tatin', 'tatin-desktop'])(
    'is run by %s, through links and with its arguments',
    (program) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'tatin-packaged-'));
      try {
        const executable = path.join(folder, 'My App', program);
        const resources = program.startsWith('Contents') ? 'Contents/Resources' : 'resources';
        const bin = path.join(folder, 'My App', resources, 'bin');
        mkdirSync(path.dirname(executable), { recursive: true });
        cpSync(inRoot('build/bin'), bin, { recursive: true });
        writeFileSync(executable, '#!/bin/sh\necho "$ELECTRON_RUN_AS_NODE"\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
        symlinkSync(path.join(bin, 'tatin'), path.join(folder, 'tatin'));
        const said = execFileSync(path.join(folder, 'tatin'), ['list', 'a b'], { encoding: 'utf8' }).split('\n');
        expect(said).toEqual(['1', expect.stringMatching(/\/app\.asar\/dist\/main\/cli\.js$/), 'list', 'a b', '']);
        rmSync(executable);
        expect(spawnSync(path.join(folder, 'tatin'), ['list']).status).toBe(1);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
