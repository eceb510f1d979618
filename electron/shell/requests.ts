import { isAbsolute } from 'node:path';
import type { Dialog, IpcMain, OpenDialogOptions, Shell } from 'electron';
import { z } from 'zod';
import { commands, type CommandId } from '../contract/commands/commands.ts';
import { vmIdSchema, type VmId } from '../contract/machine.ts';
import { screenOptionsSchema, type ScreenOptions } from '../contract/native-screen.ts';
import { shellChannels } from './channels.ts';
import { isOwnPage } from './page-protocol.ts';

const commandIds = commands.map((command) => command.id);
const pathSchema = z
  .string()
  .max(4096)
  .refine((path) => isAbsolute(path) && !path.includes('\0'), 'A path starts at the root.');

/** What a page may ask of its window without an answer. */
export const shellRequestSchema = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('openConsole'), id: vmIdSchema }),
  z.object({ ask: z.literal('openLibrary') }),
  z.object({ ask: z.literal('openSettings') }),
  z.object({ ask: z.literal('reveal'), path: pathSchema }),
  /** A drag began on an export: by its job, for a page names no path that leaves the app. */
  z.object({ ask: z.literal('dragExport'), jobId: z.uuid() }),
  /** The page listens for commands from now on. */
  z.object({ ask: z.literal('listen') }),
  /** The page takes files that are given to the app from now on. */
  z.object({ ask: z.literal('listenForFiles') }),
  z.object({ ask: z.literal('enable'), ids: z.array(z.enum(commandIds)).max(commandIds.length) }),
  z.object({ ask: z.literal('setFullScreen'), on: z.boolean() }),
  /** The page listens from now on for how the screen over it stands. */
  z.object({ ask: z.literal('listenForScreen') }),
  z.object({ ask: z.literal('setScreenOptions'), options: screenOptionsSchema }),
  z.object({ ask: z.literal('moveKeyboard'), to: z.enum(['guest', 'page']) }),
]);
export type ShellRequest = z.infer<typeof shellRequestSchema>;

const chooseSchema = z.object({
  title: z.string().max(200),
  kind: z.enum(['file', 'folder', 'any']),
  /** With their dots, as pages say them; the dialog wants them without. */
  extensions: z
    .array(
      z
        .string()
        .regex(/^\.[\w-]{1,16}$/u)
        .transform((extension) => extension.slice(1)),
    )
    .max(32)
    .default([]),
});

/** The parts of Electron that requests use. */
export interface RequestParts {
  ipcMain: Pick<IpcMain, 'on' | 'handle'>;
  dialog: Pick<Dialog, 'showOpenDialog'>;
  shell: Pick<Shell, 'showItemInFolder'>;
}

/** What requests do to the windows; `sender` is the id of the page's web contents. */
export interface RequestTarget {
  windowOf(sender: number): Electron.BrowserWindow | undefined;
  openConsole(id: VmId): void;
  openLibrary(): void;
  openSettings(): void;
  dragExport(sender: number, jobId: string): void;
  listen(sender: number): void;
  listenForFiles(sender: number): void;
  enable(sender: number, ids: readonly CommandId[]): void;
  listenForScreen(sender: number): void;
  setScreenOptions(sender: number, options: ScreenOptions): void;
  moveKeyboard(sender: number, to: 'guest' | 'page'): void;
}

/**
 * Serves what preload scripts ask. A message that does not come from the main frame of one of our pages, or that is not
 * of the shape agreed, is dropped with a line in the log: our own pages never send one.
 */
export function serveRequests(parts: RequestParts, target: RequestTarget): void {
  parts.ipcMain.on(shellChannels.request, (event, message: unknown) => {
    const parsed = shellRequestSchema.safeParse(message);
    if (!isOwnMainFrame(event.senderFrame) || !parsed.success) {
      console.error('A message to the window was refused:', parsed.error?.message ?? event.senderFrame?.url);
      return;
    }
    serve(parsed.data, event.sender.id, parts, target);
  });
  parts.ipcMain.handle(shellChannels.chooseFile, async (event, message: unknown) => {
    if (!isOwnMainFrame(event.senderFrame)) throw new Error('Only pages of Tatin may ask for a file.');
    const { title, kind, extensions } = chooseSchema.parse(message);
    const window = target.windowOf(event.sender.id);
    const options = dialogOptions(title, kind, extensions);
    const result =
      window === undefined
        ? await parts.dialog.showOpenDialog(options)
        : await parts.dialog.showOpenDialog(window, options);
    return result.canceled ? undefined : result.filePaths[0];
  });
}

function serve(request: ShellRequest, sender: number, parts: RequestParts, target: RequestTarget): void {
  switch (request.ask) {
    case 'openConsole':
      target.openConsole(request.id);
      break;
    case 'openLibrary':
      target.openLibrary();
      break;
    case 'openSettings':
      target.openSettings();
      break;
    case 'dragExport':
      target.dragExport(sender, request.jobId);
      break;
    case 'reveal':
      parts.shell.showItemInFolder(request.path);
      break;
    case 'listen':
      target.listen(sender);
      break;
    case 'listenForFiles':
      target.listenForFiles(sender);
      break;
    case 'enable':
      target.enable(sender, request.ids);
      break;
    case 'setFullScreen':
      target.windowOf(sender)?.setFullScreen(request.on);
      break;
    case 'listenForScreen':
      target.listenForScreen(sender);
      break;
    case 'setScreenOptions':
      target.setScreenOptions(sender, request.options);
      break;
    case 'moveKeyboard':
      target.moveKeyboard(sender, request.to);
      break;
  }
}

const dialogProperties: Record<'file' | 'folder' | 'any', NonNullable<OpenDialogOptions['properties']>> = {
  file: ['openFile'],
  folder: ['openDirectory'],
  // Only a Mac's dialog can offer both at once; elsewhere folders are dropped.
  any: process.platform === 'darwin' ? ['openFile', 'openDirectory'] : ['openFile'],
};

function dialogOptions(title: string, kind: keyof typeof dialogProperties, extensions: string[]): OpenDialogOptions {
  const filters = extensions.length > 0 ? { filters: [{ name: title, extensions }] } : {};
  // A Mac's dialog has no title bar; the message stands at its top.
  return { title, message: title, properties: dialogProperties[kind], ...(kind === 'file' ? filters : {}) };
}

/** A frame may be gone by the time its message is read; then there is nobody to serve. */
export function isOwnMainFrame(frame: Pick<Electron.WebFrameMain, 'url' | 'parent'> | null): boolean {
  return frame !== null && frame.parent === null && isOwnPage(frame.url);
}
