/**
 * What `native/vz` exports. Every argument and answer that is not a plain text or number is a JSON text, whose types are
 * in `document.ts`. All of it must be called on the main thread of Electron's main process; what goes wrong is thrown, or
 * rejects, with an Error of the fields of `VzErrorFacts`.
 */
export interface VzAddon {
  hostFacts(): string;
  openPair(kind: 'stream' | 'datagram'): string;
  openPseudoTerminal(): string;
  createMachineIdentifier(kind: 'mac' | 'generic'): string;
  createAuxiliaryStorage(request: string): void;
  createVariableStore(request: string): void;
  latestRestoreImage(): Promise<string>;
  loadRestoreImage(path: string): Promise<string>;
  /** Asks this Mac's user first; ends at once where it is installed. */
  installRosetta(): Promise<string>;
  readonly Machine: new (document: string, listener: (event: string) => void) => VzNativeMachine;
}

/** A `VZVirtualMachine`. Whoever has one closes it: until then it keeps the guest's memory. */
export interface VzNativeMachine {
  /** Why it can't be suspended, else null. */
  saveRestoreProblem(): string | null;
  start(options: string): Promise<string>;
  /** Takes the power away. */
  stop(): Promise<string>;
  requestStop(): void;
  pause(): Promise<string>;
  resume(): Promise<string>;
  /** Only while paused; it stays so. */
  saveState(path: string): Promise<string>;
  /** Only before a start; it is paused after that. */
  restoreState(path: string): Promise<string>;
  /** A stream to a port of the guest's. Its descriptor is the caller's; `letGoOfConnection` follows when it is closed. */
  connect(port: number): Promise<string>;
  letGoOfConnection(connection: number): void;
  install(image: string): Promise<string>;
  cancelInstall(): void;
  /** `handle`: what `BrowserWindow.getNativeWindowHandle()` gives, or null for a window of the machine's own. */
  showView(handle: Uint8Array | null, view: string): void;
  changeView(change: string): void;
  focusView(): void;
  blurView(): void;
  closeView(): void;
  close(): void;
}
