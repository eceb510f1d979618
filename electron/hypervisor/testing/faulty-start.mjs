/** Hosts a machine, with a fault as soon as it has its request. */
process.stdin.once('end', () => void Promise.reject(new Error('a stray promise')));
await import('../qemu/vm-host.ts');
