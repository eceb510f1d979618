/**
 * Keeps the process going after an error that nothing caught: one thrown by a listener, or the rejection of a promise
 * that nobody awaits. Guests would end with a process that ended of it. What the error cut short stays undone, so
 * `onError` should log it and tell the user; what it throws is dropped. Disposing puts the system's default back.
 */
export function surviveUncaughtErrors(onError: (error: unknown) => void): Disposable {
  const take = (error: unknown): void => {
    try {
      onError(error);
    } catch {
      // An error in this listener would end the process at once.
    }
  };
  process.on('uncaughtException', take);
  process.on('unhandledRejection', take);
  return {
    [Symbol.dispose]() {
      process.off('uncaughtException', take);
      process.off('unhandledRejection', take);
    },
  };
}
