import type { Registry } from '../contract/images.ts';
import type { Credentials } from '../registry/client/credentials.ts';

/** A place where logins are kept. */
export interface CredentialProvider {
  /** In words, for warnings: "Docker’s configuration". */
  readonly name: string;
  /** The login for a registry (`host[:port]`), if it has one. @throws AppError if it can't say */
  find(host: string, signal: AbortSignal): Promise<Credentials | undefined>;
  /** All registries that it has logins for, without what is secret. @throws AppError */
  list(signal: AbortSignal): Promise<readonly Registry[]>;
}

export type Environment = Readonly<Record<string, string | undefined>>;
