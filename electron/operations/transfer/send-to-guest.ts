import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import { maxGuestFileBytes } from '../../contract/imports.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import { diskText } from '../../contract/words/sizes.ts';
import type { Work } from '../../jobs/work.ts';
import { local } from '../machines/local-names.ts';
import type { LongOperation } from '../operation.ts';

const pieceBytes = 1024 ** 2;
/** Time for the guest to delete what was begun. */
const cleanUpLimitMs = 10_000;

/**
 * Says in which file of the guest it goes: in the folder that was asked for; else where its user looks for files, who is
 * the agent's own unless that is root. A name that is taken gets a number.
 */
const choosePlace = `
name=$1 to=$2
if [ -z "$to" ]; then
  if [ "$(id -u)" = 0 ]; then for home in /home/*; do [ -d "$home" ] && to=$home && break; done; fi
  [ -n "$to" ] || to=\${HOME:-/root}
  [ -d "$to/Downloads" ] && to=$to/Downloads
fi
[ -d "$to" ] || { echo "There is no folder $to." >&2; exit 3; }
file=$to/$name number=2
while [ -e "$file" ]; do file="$to/$number $name"; number=$((number + 1)); done
printf %s "$file"`;
/** Makes sure that all of it came, gives it to the owner of the folder, then puts it in its place. */
const finish = `
came=$(($(wc -c < "$2")))
[ "$came" = "$3" ] || { echo "$came of $3 bytes came." >&2; exit 4; }
chown "$(stat -c %u:%g "$(dirname "$1")" 2>/dev/null || stat -f %u:%g "$(dirname "$1")")" "$2" 2>/dev/null; mv "$2" "$1"`;

/** Sends a file into a running guest. */
export const operation: LongOperation<ParsedInput<'guestFiles.send'>, void> = {
  kind: 'send',
  async prepare({ machines, uploads }, { id, source, to }) {
    const name = local(id);
    const { agent } = await machines.running(name);
    const file = source.from === 'path' ? source.path : uploads.file(source);
    const bytes = await sizeOf(file);
    const send = async (work: Work): Promise<void> => await sendFile(agent, { file, bytes, to }, work);
    return {
      title: `Sending ${path.basename(file)} to ${name}`,
      vmId: id,
      canRepeat: false,
      run: async (work) => {
        if (source.from === 'path') await send(work);
        else await uploads.use(source, () => send(work)).finally(() => uploads.discard(source.uploadId));
      },
    };
  },
};

/** @throws AppError `file-not-found`, `invalid-input` if it is none or too long */
async function sizeOf(file: string): Promise<number> {
  if (!path.isAbsolute(file)) throw new AppError('invalid-input', 'The file must be named by its whole path.');
  const status = await stat(file).catch((error: unknown) => {
    throw new AppError('file-not-found', `There is no file ${file}, or it can’t be read.`, { cause: error });
  });
  if (!status.isFile())
    throw new AppError('invalid-input', `${path.basename(file)} is not a file.`, {
      hint: 'Pack a folder into an archive first, or share it with the virtual machine.',
    });
  if (status.size <= maxGuestFileBytes) return status.size;
  throw new AppError(
    'invalid-input',
    `${path.basename(file)} has ${diskText(status.size)}; at most ${diskText(maxGuestFileBytes)} are sent.`,
    { hint: 'Share its folder with the virtual machine instead.' },
  );
}

async function sendFile(
  agent: GuestAgent,
  { file, bytes, to }: { file: string; bytes: number; to: string | undefined },
  work: Work,
): Promise<void> {
  const { signal } = work;
  work.progress({ step: 'Asking the guest', bytesDone: 0, bytesTotal: bytes });
  const place = await shell(agent, choosePlace, [path.basename(file), to ?? ''], signal);
  const part = `${place}.part`;
  const stream = createReadStream(file, { highWaterMark: pieceBytes, signal });
  try {
    await write(agent, part, contentOf(stream, bytes, work), signal);
    await shell(agent, finish, [place, part, `${bytes}`], signal);
  } catch (error) {
    await shell(agent, 'rm -f "$1"', [part], AbortSignal.timeout(cleanUpLimitMs)).catch(() => undefined);
    throw error;
  } finally {
    // A guest may stop reading before the end.
    stream.destroy();
  }
}

async function* contentOf(
  stream: AsyncIterable<unknown>,
  bytesTotal: number,
  { progress }: Work,
): AsyncGenerator<Uint8Array> {
  let bytesDone = 0;
  // Each piece has been taken when the next is asked for.
  for await (const piece of stream) {
    yield piece as Buffer;
    bytesDone += (piece as Buffer).length;
    progress({ step: 'Sending', bytesDone, bytesTotal });
  }
}

/** By the agent's own calls where it has them, else through a program that writes what it reads. */
async function write(
  agent: GuestAgent,
  place: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (agent.writeFile !== undefined) await agent.writeFile(place, content, signal);
  else await shell(agent, 'cat > "$1"', [place], signal, content);
}

/** Runs a few lines in the guest's shell and gives what they print. @throws AppError `agent-failed` with what they complain of */
async function shell(
  agent: GuestAgent,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
  stdin?: AsyncIterable<Uint8Array>,
): Promise<string> {
  const [stdout, stderr]: [Uint8Array[], Uint8Array[]] = [[], []];
  const exitCode = await agent.exec(
    { path: 'sh', args: ['-c', script, 'sh', ...args], ...(stdin === undefined ? {} : { stdin }) },
    { stdout: (bytes) => stdout.push(bytes), stderr: (bytes) => stderr.push(bytes) },
    signal,
  );
  if (exitCode === 0) return Buffer.concat(stdout).toString('utf8');
  const complaint = Buffer.concat(stderr).toString('utf8').trim();
  throw new AppError(
    'agent-failed',
    complaint === '' ? 'The guest did not take the file.' : `The guest did not take the file: ${complaint}`,
  );
}
