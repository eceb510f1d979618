/** Another app: attaches to the machine of argv[3] by the run folder argv[2], and tells each of its states as a line. */
import { QemuDriver } from '../qemu/qemu-driver.ts';

const [, , runtimeFolder = '', folder = ''] = process.argv;
const driver = new QemuDriver({ runtimeFolder, cacheFolder: runtimeFolder });
const machine = await driver.attach(folder);
if (machine === undefined) {
  console.log('nothing');
} else {
  console.log(machine.state.phase);
  machine.onState(({ phase }) => console.log(phase));
}
