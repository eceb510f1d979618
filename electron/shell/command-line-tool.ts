import { lstat, mkdir, readlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { hasCode } from '../files/error-codes.ts';
import { AppError } from '../contract/errors.ts';
import { replaceSymlink } from '../files/replace-symlink.ts';
import { type RunCommand, runCommand } from '../host/command-runner.ts';

/** Where the tool is and where it is linked to. */
export interface ToolPlaces {
  /** The script in the app or the checkout. */
  readonly tool: string;
  /** The link that a shell finds. */
  readonly link: string;
}

/** What stands where the link should be. */
export type LinkState =
  | { readonly kind: 'missing' }
  /** It leads to this Tatin. */
  | { readonly kind: 'installed' }
  /** It leads to another Tatin's tool, or to one that is gone. */
  | { readonly kind: 'other'; readonly leadsTo: string }
  /** Something that is not ours to replace. */
  | { readonly kind: 'foreign' };

/** /usr/local/bin is in every Mac's path; elsewhere a user has a folder of their own for it (XDG, systemd file-hierarchy). */
export function toolPlaces(tool: string, platform: NodeJS.Platform, home = homedir()): ToolPlaces {
  return { tool, link: platform === 'darwin' ? '/usr/local/bin/tatin' : path.join(home, '.local/bin/tatin') };
}

/** Looks what is there. */
export async function lookAtLink({ tool, link }: ToolPlaces): Promise<LinkState> {
  try {
    if (!(await lstat(link)).isSymbolicLink()) return { kind: 'foreign' };
    const leadsTo = path.resolve(path.dirname(link), await readlink(link));
    if (leadsTo === tool) return { kind: 'installed' };
    return leadsTo.endsWith('/bin/tatin') ? { kind: 'other', leadsTo } : { kind: 'foreign' };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return { kind: 'missing' };
    throw error;
  }
}

/**
 * Links the tool, with the system's own question for an administrator where the folder is not this user's. A link that leads
 * elsewhere is replaced; anything else stays.
 * @throws AppError `file-not-found`, `not-allowed`, `cancelled`
 */
export async function installTool(
  places: ToolPlaces,
  { platform = process.platform, run = runCommand }: { platform?: NodeJS.Platform; run?: RunCommand } = {},
): Promise<'installed' | 'was there'> {
  const { tool, link } = places;
  await checkTool(tool);
  const state = await lookAtLink(places);
  if (state.kind === 'installed') return 'was there';
  if (state.kind === 'foreign')
    throw new AppError('not-allowed', `There is something else at ${link}, which Tatin does not replace.`, {
      hint: 'Move it away, and try again.',
    });
  try {
    await linkAside(places);
  } catch (error) {
    if (platform !== 'darwin' || !hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw unlinked(link, error);
    await linkAsAdministrator(places, run);
  }
  if ((await lookAtLink(places)).kind !== 'installed') throw unlinked(link);
  return 'installed';
}

async function checkTool(tool: string): Promise<void> {
  // macOS runs what was never moved from where it was downloaded at a place that is gone tomorrow.
  if (tool.includes('/AppTranslocation/'))
    throw new AppError('not-allowed', 'Tatin runs from where it was downloaded, and no link to it would last.', {
      hint: 'Move Tatin into Applications with Finder, start it there, and try again.',
    });
  const status = await lstat(tool).catch(() => undefined);
  if (status?.isFile() !== true || /[\p{Cc}]/u.test(tool))
    throw new AppError('file-not-found', 'This copy of Tatin has no command line tool to link to.', { details: tool });
}

/** The new link takes the old one's place in one step. */
async function linkAside({ tool, link }: ToolPlaces): Promise<void> {
  await mkdir(path.dirname(link), { recursive: true });
  await replaceSymlink(link, tool);
}

/** One fixed command; the two paths in it are quoted for the shell and then for AppleScript. */
export function administratorScript({ tool, link }: ToolPlaces): string {
  const folder = path.dirname(link);
  const command = `/bin/mkdir -p ${shellQuoted(folder)} && /bin/ln -sfn ${shellQuoted(tool)} ${shellQuoted(link)}`;
  const text = command.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `do shell script "${text}" with prompt "Tatin wants to install its command line tool." with administrator privileges`;
}

/** AppleScript's number for a question that was cancelled (userCanceledErr). */
const cancelledByUser = /-128\b/;

/** As long as a person takes to find a password. */
const promptMs = 5 * 60_000;

async function linkAsAdministrator(places: ToolPlaces, run: RunCommand): Promise<void> {
  const { exitCode, stderr } = await run('/usr/bin/osascript', ['-e', administratorScript(places)], {
    timeoutMs: promptMs,
  });
  if (exitCode === 0) return;
  if (cancelledByUser.test(stderr)) throw new AppError('cancelled', 'Cancelled.', { details: stderr });
  throw unlinked(places.link, new Error(stderr));
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function unlinked(link: string, cause?: unknown): AppError {
  return new AppError('not-allowed', `The link ${link} could not be made.`, {
    hint: 'Make it yourself, or call the tool by its whole path.',
    details: cause instanceof Error ? cause.message : undefined,
    cause,
  });
}
