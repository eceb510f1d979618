import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOwnPage, pageFile, pageHandler, pageUrl } from './page-protocol.ts';

describe('isOwnPage', () => {
  it.each([
    ['app://tatin/index.html', true],
    ['app://tatin/console.html?vm=local%3Aa#x', true],
    ['app://other/index.html', false],
    ['app://tatin.example.com/index.html', false],
    ['app://me@tatin/index.html', false],
    ['app://tatin:1/index.html', false],
    ['http://tatin/index.html', false],
    ['file:///index.html', false],
    ['about:blank', false],
    ['', false],
  ])('says of %s: %s', (address, own) => {
    expect(isOwnPage(address)).toBe(own);
  });

  it('knows the addresses that it makes, whatever the id of a machine is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        const address = pageUrl('console', { vm: id });
        expect(isOwnPage(address)).toBe(true);
        expect(new URL(address).searchParams.get('vm')).toBe(id.toWellFormed());
      }),
    );
  });
});

describe('pageFile', () => {
  const folder = join(sep, 'pages');

  it('is the file inside the folder', () => {
    expect(pageFile(folder, 'app://tatin/index.html?x#y')).toBe(join(folder, 'index.html'));
    expect(pageFile(folder, 'app://tatin/assets/a%20b.js')).toBe(join(folder, 'assets/a b.js'));
  });

  it.each([
    'app://tatin/',
    'app://tatin/..%2fsecret.json',
    'app://tatin/%2e%2e/%2e%2e/secret.json',
    'app://tatin/..%5csecret.json',
    'app://tatin/..%2fpages-other%2findex.html',
    'app://tatin/a%00.html',
    'app://tatin/%ff.html',
    'app://tatin/id_rsa',
    'app://tatin/main.ts',
    'https://tatin/index.html',
  ])('is none for %s', (address) => {
    const file = pageFile(folder, address);
    // An address whose dots the URL itself takes away names a file inside.
    expect(file === undefined || file === join(folder, 'secret.json')).toBe(true);
  });

  it('never leaves the folder', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '%2e%2e', '%2f', '/', '\\', '%5c', '%00'), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const file = pageFile(folder, `app://tatin/${parts.join('/')}.html`);
        if (file !== undefined) expect(join(file).startsWith(folder + sep)).toBe(true);
      }),
    );
  });
});

describe('pageHandler', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tatin-pages-'));
    mkdirSync(join(root, 'pages/assets'), { recursive: true });
    writeFileSync(join(root, 'pages/index.html'), '<!doctype html><p>Tatin');
    writeFileSync(join(root, 'secret.json'), '{}');
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const get = (address: string, method = 'GET') => pageHandler(join(root, 'pages'))({ url: address, method });

  it('gives a page with its type, and rules that let only our own scripts run', async () => {
    const response = await get('app://tatin/index.html');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<!doctype html><p>Tatin');
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('Content-Security-Policy')?.split('; ');
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'"]));
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it.each([
    'app://tatin/missing.html',
    'app://tatin/assets/',
    'app://tatin/..%2fsecret.json',
    'app://other/index.html',
  ])('has no page at %s', async (address) => {
    expect((await get(address)).status).toBe(404);
  });

  it('answers to GET only', async () => {
    expect((await get('app://tatin/index.html', 'POST')).status).toBe(404);
  });
});
