/** Another app: takes the lock of the VM in argv[2], says who holds it, and waits to be killed. */
import { HeldLock } from '../held-lock.ts';

const [, , folder = ''] = process.argv;
const lock = await HeldLock.take(folder, new AbortController().signal);
console.log(lock.pid);
process.stdin.resume();
