/** Hosts a machine, with a fault; see there. */
import '../../host/testing/fault-at-signal.mjs';
import '../qemu/vm-host.ts';
