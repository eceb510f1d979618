import type { AppError } from '../../contract/errors.ts';

/** What proves to a registry who asks. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** Of OAuth: exchanged for tokens at the registry's token server, never sent to the registry itself. */
  | { readonly kind: 'identity-token'; readonly token: string };

/** What is known of a login to one registry. */
export interface FoundCredentials {
  readonly credentials?: Credentials | undefined;
  /** Why a place that may hold some could not be read: what is said if the registry then wants a login. */
  readonly problem?: AppError | undefined;
}

/** Looks credentials up, at the moment when a registry wants some: that may ask a person for permission. */
export type CredentialSource = (signal: AbortSignal) => Promise<FoundCredentials>;

/** Of somebody who has no login. */
export const noCredentials: CredentialSource = () => Promise.resolve({});
