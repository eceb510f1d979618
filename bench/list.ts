import path from 'node:path';
import { BenchHome } from './home.ts';
import { compare, type Measurement } from './measure.ts';
import { seconds } from './processes.ts';

const pairs = 15;

/** How long `tatin list` takes, and what of that is Node's own start. */
export async function measureList(root: string, say: (line: string) => void): Promise<Measurement[]> {
  using few = new BenchHome();
  using many = new BenchHome();
  await few.fill(10);
  await many.fill(1000);
  const tatin = path.join(root, 'bin/tatin');
  const list = (home: BenchHome) => () => seconds([tatin, 'list'], { env: home.environment });
  const withTen = { name: '`tatin list`, 10 VMs', once: list(few) };
  return [
    await compare(
      { key: 'list-1000', question: 'Listing 1,000 VMs instead of 10', unit: 's', target: 3 },
      { name: '`tatin list`, 1,000 VMs', once: list(many) },
      withTen,
      pairs,
      say,
    ),
    await compare(
      { key: 'list-cold', question: "Starting the command line, over Node's own start", unit: 's' },
      withTen,
      { name: '`node -e 0`', once: () => seconds([process.execPath, '-e', '0'], { env: process.env }) },
      pairs,
      say,
    ),
  ];
}
