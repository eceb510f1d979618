import { z } from 'zod';
import { parseBoundedJson } from '../../files/bounded-json.ts';

/** What an image says of itself beside its disk. */
export interface ImageLabels {
  readonly os?: 'darwin' | 'linux' | undefined;
  readonly arch?: 'arm64' | 'amd64' | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

const schema = z.object({
  os: z.enum(['darwin', 'linux']).optional().catch(undefined),
  architecture: z.enum(['arm64', 'amd64']).optional().catch(undefined),
  config: z
    .object({ Labels: z.record(z.string(), z.string()).nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
});

/** Reads an OCI image config as far as it can be read: nothing that is pulled depends on it. */
export function parseImageConfig(bytes: Uint8Array): ImageLabels {
  try {
    const { os, architecture, config } = schema.parse(parseBoundedJson(Buffer.from(bytes).toString('utf8')));
    return { os, arch: architecture, labels: config?.Labels ?? {} };
  } catch (error) {
    return { labels: {} };
  }
}
