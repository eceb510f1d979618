/** Names of the shell's messages between a page's preload script and the main process. No imports: both bundle it. */
export const shellChannels = {
  /** A page asks for something without an answer; see `shellRequestSchema`. */
  request: 'tatin:shell',
  /** A page asks for the system's file dialog and gets the path chosen, or undefined. */
  chooseFile: 'tatin:choose-file',
  /** A page is told to run a command. */
  command: 'tatin:command',
  /** The library's page is given files from outside, by their paths. */
  openFiles: 'tatin:open-files',
  /** A console's page is told how the screen stands that is laid over it. */
  screen: 'tatin:screen',
} as const;
