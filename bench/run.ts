/**
 * Measures Tatin against its peers: `npm run bench`, or `npm run bench -- list memory` for some parts. Prints as it goes and
 * keeps the results in bench/results.json and bench/results.md. `registry` can be made smaller by `--pairs 2 --gib 1`; then
 * it only prints.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureCodecs } from './codecs.ts';
import { measureDownloads } from './downloads.ts';
import { measureImport } from './import.ts';
import { measureList } from './list.ts';
import { machineLine } from './machine-line.ts';
import { type Measurement, shown } from './measure.ts';
import { measureMemory } from './memory.ts';
import { seconds } from './processes.ts';
import { measureRegistry } from './registry.ts';
import { keepResults, ratioText } from './results.ts';
import { measureStart } from './start.ts';

const usual = { pairs: 5, gib: 4 };
const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string' }, gib: { type: 'string' } },
});
const size = { pairs: Number(values.pairs ?? usual.pairs), gib: Number(values.gib ?? usual.gib) };
const isWholeSize = size.pairs >= usual.pairs && size.gib >= usual.gib;

const parts = {
  codecs: measureCodecs,
  downloads: measureDownloads,
  import: measureImport,
  list: measureList,
  memory: measureMemory,
  registry: (folder: string, tell: (line: string) => void) => measureRegistry(folder, tell, size),
  start: measureStart,
};
type Part = keyof typeof parts;
const isPart = (word: string): word is Part => Object.hasOwn(parts, word);

const root = path.join(import.meta.dirname, '..');
const say = (line: string) => console.log(line);
const unknown = words.filter((word) => !isPart(word));
if (unknown.length > 0) {
  console.error(`bench: no part named ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`);
  process.exitCode = 64;
} else {
  await measure(words.length === 0 ? Object.keys(parts).filter(isPart) : words.filter(isPart));
}

async function measure(chosen: readonly Part[]): Promise<void> {
  await seconds([process.execPath, path.join(root, 'scripts/build.mjs')], { cwd: root });
  const machine = machineLine();
  say(machine);
  for (const part of chosen) {
    say(`\n${part}`);
    const measurements = await parts[part](root, say);
    for (const measurement of measurements) say(line(measurement));
    if (isWholeSize)
      keepResults(measurements.map((measurement) => ({ ...measurement, machine, at: new Date().toISOString() })));
  }
}

function line(measurement: Measurement): string {
  const { question, ours, peer, unit } = measurement;
  return `${question}: ${shown(ours.median, unit)} against ${shown(peer.median, unit)} (${peer.name}), ratio ${ratioText(measurement)}`;
}
