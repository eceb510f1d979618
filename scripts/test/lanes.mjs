import { delimiter, join } from 'node:path';
import { runAttached } from '../setup/run.mjs';

/** @typedef {import('./stages.mjs').Stage} Stage @typedef {import('./counts.mjs').Counts} Counts */

/**
 * Runs lanes at the same time, each with its stages one after the other. What the first lane prints is shown at once, what
 * a stage of another one prints when it has ended, so that they do not mix. After a failure no further stage begins.
 * @param {readonly (readonly Stage[])[]} lanes
 * @param {string} root the checkout
 * @returns {Promise<{ ok: boolean, counts: Counts[] }>}
 */
export async function runLanes(lanes, root) {
  let ok = true;
  /** @type {Counts[]} */
  const counts = [];
  await Promise.all(
    lanes.map(async (lane, index) => {
      for (const stage of lane) {
        if (!ok) return;
        const result = await runStage(stage, root, index === 0);
        if (result.counts !== undefined) counts.push(result.counts);
        ok &&= result.ok;
      }
    }),
  );
  return { ok, counts };
}

/** @param {Stage} stage @param {string} root @param {boolean} atOnce */
async function runStage({ title, commands, report }, root, atOnce) {
  const since = Date.now();
  /** @type {Buffer[]} */
  const held = [];
  const write = (/** @type {Buffer} */ bytes) => void (atOnce ? process.stdout.write(bytes) : held.push(bytes));
  write(Buffer.from(`\n== ${title} ==\n\n`));
  let code = 0;
  for (const command of commands) {
    code = await runTool(command, root, write).catch((error) => {
      // E.g. a tool that is not installed: that fails like any other, so that the last line is still said.
      write(Buffer.from(`${error instanceof Error ? error.message : error}\n`));
      return 127;
    });
    if (code === 0) continue;
    write(Buffer.from(`\n${command.join(' ')}\n`));
    break;
  }
  /** @type {Counts | undefined} */
  let counts;
  try {
    counts = report?.read(report.file);
  } catch {
    // A tool that died left no report.
    code ||= 1;
  }
  const how = code === 0 ? 'good' : `failed (exit code ${code})`;
  write(Buffer.from(`\n${title}: ${how}, ${Math.round((Date.now() - since) / 1000)} s\n`));
  for (const bytes of held) process.stdout.write(bytes);
  return { ok: code === 0, counts };
}

/** @param {readonly string[]} command @param {string} root @param {(bytes: Buffer) => void} write */
function runTool([program = '', ...args], root, write) {
  const bin = join(root, 'node_modules/.bin');
  // The tools are scripts that ask for "node": the one of node_modules comes first, also where npm did not start this.
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const env = { ...colour, ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  return runAttached([join(bin, program), ...args], { cwd: root, env, write });
}
