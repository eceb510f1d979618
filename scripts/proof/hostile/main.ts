/**
 * Gives everything hostile that the repository can make to the real command line, each with a bound of 30 s and 400 MB:
 * `npm run proof:hostile`, or only what has a word in its name with `--only WORD`. Linux, since it measures by /proc.
 */
import { parseArgs } from 'node:util';
import { runHostile } from './hostile-run.ts';
import { hostileInputs } from './inputs.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, folder: { type: 'string' } } });
if (process.platform !== 'linux') console.log('Skipped: memory is measured by /proc, which only Linux has.');
else {
  const inputs = hostileInputs().filter(({ name }) => name.includes(values.only));
  const { taken, refused, slowest, largest, findings } = await runHostile(inputs, {
    folder: values.folder,
    say: (line) => console.log(line),
  });
  console.log(`\n${inputs.length} inputs: ${taken} taken, ${refused} refused in words or worse`);
  console.log(
    `slowest ${Math.round(slowest.ms)} ms (${slowest.name}); largest ${Math.round(largest.bytes / 1e6)} MB (${largest.name})`,
  );
  console.log(`\n${inputs.length - findings.length} passed, ${findings.length} failed`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
