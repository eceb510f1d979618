import { createContext, runInContext } from 'node:vm';

/** Far more than a sensible pattern takes for a name of 255 characters. */
const maxMatchMs = 100;

/**
 * Whether a key of `credHelpers` is a host, or a regular expression that matches the whole of it (which Tart allows, and Docker
 * does not). One that is wrong, or that would take for ever, matches nothing.
 */
export function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  // Nearly all keys are names of hosts; a dot that stands for any character does not make one a pattern.
  if (/^[\w.:-]*$/.test(pattern) && pattern.length !== host.length) return false;
  try {
    const context = createContext({ pattern, host }, { codeGeneration: { strings: false, wasm: false } });
    // Code of ours in a context of its own: only there can a match that takes too long be stopped.
    const found: unknown = runInContext('new RegExp(`^(?:${pattern})$`).test(host)', context, {
      timeout: maxMatchMs,
    });
    return found === true;
  } catch {
    return false;
  }
}
