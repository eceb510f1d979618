/**
 * What macOS and the Secret Service say when secrets can't be read without somebody at the screen, in whatever wrapping:
 * errSecInteractionNotAllowed, errSecInteractionRequired, errSecAuthFailed, errAuthorizationInteractionNotAllowed,
 * errAuthorizationInternal, and the words that go with them (`security error`, Apple's SecBase.h and Authorization.h).
 */
const lockedWords =
  /(?<!\d)-(?:25308|25315|25293|60007|60008)\b|interaction is (?:not allowed|required)|dismissed|is locked|cannot create an item in a locked|name or passphrase you entered is not correct/i;

/** Whether a message of a keychain says that it is locked. */
export function saysLocked(message: string): boolean {
  return lockedWords.test(message);
}
