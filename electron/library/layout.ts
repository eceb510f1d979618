/**
 * The names of the files in a VM's folder. Tart reads and writes the first group; the second is ours, and Tart carries
 * it in exports and loses it in its clones.
 */
export const tartFiles = {
  config: 'config.json',
  disk: 'disk.img',
  nvram: 'nvram.bin',
  /** Virtualization.framework's saved state; there if and only if the VM is suspended. */
  savedState: 'state.vzvmsave',
  controlSocket: 'control.sock',
  /** In a local VM only of a Tart with stacked disks, together with {@link tartFiles.overlay}. */
  manifest: 'manifest.json',
  overlay: 'overlay.asif',
} as const;

export const tatinFiles = {
  annotations: 'tatin.json',
  /** What ranges of the disk were in a registry, as a hint for the next push; see `registry/known-layers.ts`. */
  knownLayers: 'tatin-layers.json',
  /** The last picture of the screen. */
  picture: 'picture.png',
  /** UEFI variables in QEMU's format; `nvram.bin` belongs to the platform that made it. */
  qemuVariables: 'qemu-vars.fd',
  /** A folder: QEMU's saved state. Built as {@link tatinFiles.qemuSavedStatePartial}, then renamed. */
  qemuSavedState: 'state.qemu',
  qemuSavedStatePartial: 'state.qemu.partial',
  /** Why the last run ended badly. */
  lastRun: 'last-run.json',
  /** What happened to it, one JSON object a line. */
  events: 'events.jsonl',
  /** What it took of the host over the last hour, day and week; see `usage-ring.ts`. */
  usage: 'usage.ring',
  serialLog: 'serial.log',
  qemuLog: 'qemu.log',
  /** What was written down while macOS was installed. */
  installLog: 'install.log',
} as const;
