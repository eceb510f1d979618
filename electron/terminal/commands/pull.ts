import { AppError } from '../../contract/errors.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { remoteName } from '../image-names.ts';
import { Operations } from '../operations.ts';
import { definePullOptions, pullInTerminal, type PullOptions } from '../pull-in-terminal.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';

const help = `
Fetches only what is neither in the cache nor in a VM, and verifies all of it. A pull that was interrupted, or killed,
continues where it was. Make a VM of the image with: tatin clone <image> <name>

Examples:
  tatin pull ghcr.io/cirruslabs/ubuntu:latest
  tatin pull 127.0.0.1:5000/team/web@sha256:0123...    one that never changes
  tatin login ghcr.io                                  first, for images that are not public

Proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, further certificates from NODE_EXTRA_CA_CERTS.`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Fetch an image from a registry into the cache')
    .argument('<remote-name>', 'Image, host[:port]/namespace[:tag or @sha256:digest]');
  definePullOptions(command)
    .addHelpText('after', help)
    .action((name: string, options: PullOptions) => run(name, options, terminal));
};

async function run(name: string, options: PullOptions, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  // Before the name is read as one of an image: a VM has none that could be.
  if (await isLocal(operations, name)) {
    terminal.print(`"${name}" is a local image, nothing to pull here!`);
    return;
  }
  const reference = remoteName(name) ?? name;
  const { outcome, id } = await pullInTerminal(operations, reference, options, terminal);
  if (outcome === 'cached') terminal.print(`${reference} image is already cached and linked!`);
  else if (outcome === 'linked') terminal.print(`${reference} leads to ${id} now, which was here already.`);
}

async function isLocal(operations: Operations, name: string): Promise<boolean> {
  if (name === '' || name.includes('/')) return false;
  try {
    await operations.call('vms.get', { id: localId(name), from: 'disk' });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'vm-not-found') return false;
    throw error;
  }
}
