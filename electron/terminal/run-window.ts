import type { NativeScreen } from '../hypervisor/native-screen.ts';

/** What the window of a run asks of the machine in it. */
export interface ShownRun {
  readonly name: string;
  readonly screen: NativeScreen;
  /** Keys such as Command-Tab go to the guest while it has the keyboard. */
  readonly capturesSystemKeys: boolean;
  /** Absent for a machine that was not started so that its state can be saved. */
  readonly suspend?: (() => Promise<void>) | undefined;
  readonly shutDown: () => Promise<void>;
  readonly forceStop: () => Promise<void>;
}

/** What a run can do on a screen, where there is one. */
export interface RunWindow {
  /** Shows the machine in a window of its own, until disposed of. @throws AppError */
  show(run: ShownRun): Disposable;
  /** Opens an address with the program that the system has for it. */
  openAddress(address: string): Promise<void>;
}
