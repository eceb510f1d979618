/**
 * Draws the icons from the SVGs in `assets` with Chromium: the app icon (PNG sizes, icon.icns), the menu-bar
 * template and the state glyphs of its menu. What it makes is committed; run it again only when a drawing changes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';

const assets = join(import.meta.dirname, '../assets');

/** Sizes of the app icon in pixels. */
const appSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

/** Below this many pixels the light on the slices is only noise. */
const highlightsFrom = 64;

/** PNG members of an .icns file: type and pixels (Apple's Icon Composer types that hold PNG data). */
const icnsMembers = /** @type {const} */ ([
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
]);

/** What each menu-bar image hides of the drawing: the badge is there only while a job runs. */
const trayImages = /** @type {const} */ ([
  ['trayTemplate', '#job, #job-gap { display: none }'],
  ['trayJobTemplate', ''],
]);

const states = ['running', 'paused', 'suspended', 'failed', 'busy'];

/** One file: a header, then each member as type, length and PNG; all lengths count their own 8 bytes. */
function icns(/** @type {ReadonlyMap<number, Buffer>} */ pictures) {
  const members = icnsMembers.map(([type, size]) => {
    const png = pictures.get(size);
    if (png === undefined) throw new Error(`No picture of ${size} pixels`);
    return Buffer.concat([block(type, png.length), png]);
  });
  const body = Buffer.concat(members);
  return Buffer.concat([block('icns', body.length), body]);
}

/** @param {string} type @param {number} length */
function block(type, length) {
  const header = Buffer.alloc(8);
  header.write(type, 'latin1');
  header.writeUInt32BE(length + 8, 4);
  return header;
}

/**
 * @param {import('@playwright/test').Page} page
 * @param {string} svg
 * @param {number} size pixels of each side
 * @param {string} [style]
 */
async function draw(page, svg, size, style = '') {
  await page.setViewportSize({ width: size, height: size });
  const sheet = `html, body { margin: 0; background: transparent } svg { display: block; width: ${size}px; height: ${size}px } ${style}`;
  await page.setContent(`<!doctype html><style>${sheet}</style>${svg}`);
  return page.screenshot({ omitBackground: true });
}

/** Writes all of it. */
async function main() {
  const read = (/** @type {string} */ name) => readFileSync(join(assets, name), 'utf8');
  for (const folder of ['icons', 'tray']) mkdirSync(join(assets, folder), { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env['TATIN_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage();
    /** @type {Map<number, Buffer>} */
    const pictures = new Map();
    for (const size of appSizes) {
      const png = await draw(
        page,
        read('icon.svg'),
        size,
        size < highlightsFrom ? '#highlights { display: none }' : '',
      );
      pictures.set(size, png);
      writeFileSync(join(assets, `icons/${size}x${size}.png`), png);
    }
    writeFileSync(join(assets, 'icons/icon.icns'), icns(pictures));
    for (const [name, style] of trayImages) {
      for (const scale of [1, 2, 3]) {
        const png = await draw(page, read('tray.svg'), 16 * scale, style);
        writeFileSync(join(assets, `tray/${name}${scale === 1 ? '' : `@${scale}x`}.png`), png);
      }
    }
    for (const state of states) {
      for (const scale of [1, 2, 3]) {
        const png = await draw(page, read('tray-states.svg'), 12 * scale, `svg > g:not(#${state}) { display: none }`);
        writeFileSync(join(assets, `tray/${state}Template${scale === 1 ? '' : `@${scale}x`}.png`), png);
      }
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === import.meta.filename) await main();
