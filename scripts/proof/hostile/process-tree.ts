/** Ends a process that leads a group, and all that is in the group. */
export function killTree(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended in the same moment.
  }
}
