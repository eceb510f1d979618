import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AboutPanelOptionsOptions } from 'electron';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string(), description: z.string(), license: z.string() });

/** What the About panel says, from the package.json in `root`. */
export function aboutPanel(root: string): AboutPanelOptionsOptions {
  const { version, description, license } = packageSchema.parse(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  );
  return {
    applicationName: 'Tatin',
    applicationVersion: version,
    credits: `${description}. Licence: ${license}.`,
    iconPath: join(root, 'assets/icons/256x256.png'),
  };
}
