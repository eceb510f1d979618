import type { LatestMac, MacSetup } from '../macos/install-mac.ts';
import type { LoginKeychain } from './vz/login-keychain.ts';

/** A hypervisor that installs macOS, and what there is to know before it does. */
export interface MacInstaller extends MacSetup {
  /** The macOS of this Mac, by its first number. */
  readonly hostMajor: number;
  /** Apple's newest that this Mac can install. @throws AppError `image-unavailable`, `image-not-found` */
  latest(signal: AbortSignal): Promise<LatestMac>;
  /** Whether the login keychain lets a guest start, and so an installation too. */
  loginKeychain(signal: AbortSignal): Promise<LoginKeychain>;
}
