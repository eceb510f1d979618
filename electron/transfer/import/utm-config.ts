import { z } from 'zod';
import { damaged } from './not-importable.ts';
import { readPropertyList, PropertyListError } from './property-list.ts';

export const utmTitle = 'UTM virtual machine';

const bytes = z.custom<Buffer>((value) => Buffer.isBuffer(value));
/** What is only named to the user must not stand in the way where a version of UTM writes it otherwise. */
const flag = z.boolean().optional().catch(undefined);
const word = z.string().optional().catch(undefined);
const list = z.array(z.unknown()).catch([]).default([]);

const portForward = z.looseObject({
  Protocol: z.string(),
  HostAddress: z.string().optional(),
  HostPort: z.number(),
  GuestPort: z.number(),
});

const drive = z.looseObject({
  ImageName: z.string().optional(),
  ImageType: z.string().optional(),
  Interface: word,
  ReadOnly: z.boolean().default(false),
  Nvme: flag,
});
export type UtmDrive = z.output<typeof drive>;

/** The keys that carry over or are told of, as UTM's own code names them (Configuration/). */
const configSchema = z.looseObject({
  Backend: z.enum(['Apple', 'QEMU']),
  ConfigurationVersion: z.number(),
  Information: z.looseObject({ Name: z.string().catch(''), Notes: z.string().optional().catch(undefined) }),
  System: z.looseObject({
    Architecture: z.string(),
    Target: word,
    CPU: word,
    CPUFlagsAdd: list,
    CPUFlagsRemove: list,
    CPUCount: z.number().default(0),
    MemorySize: z.number(),
    Boot: z
      .looseObject({
        OperatingSystem: z.string(),
        UEFIBoot: z.boolean().default(false),
        EfiVariableStoragePath: z.string().optional(),
      })
      .optional(),
    MacPlatform: z
      .looseObject({ HardwareModel: bytes, MachineIdentifier: bytes, AuxiliaryStoragePath: z.string().optional() })
      .optional(),
  }),
  QEMU: z
    .looseObject({
      UEFIBoot: z.boolean().default(false),
      TPMDevice: flag,
      TSO: flag,
      RTCLocalTime: flag,
      PS2Controller: flag,
      MachinePropertyOverride: word,
      AdditionalArguments: list,
    })
    .optional(),
  Virtualization: z.looseObject({ Rosetta: flag }).optional().catch(undefined),
  Sharing: z.looseObject({ DirectoryShareMode: word, ClipboardSharing: flag }).optional().catch(undefined),
  Input: z.looseObject({ UsbSharing: flag }).optional().catch(undefined),
  Drive: z.array(drive).default([]),
  Network: z
    .array(
      z.looseObject({
        Mode: z.string(),
        Hardware: word,
        MacAddress: z.string().optional(),
        IsolateFromHost: flag,
        PortForward: z.array(portForward).default([]),
      }),
    )
    .default([]),
  Display: z
    .array(z.looseObject({ Hardware: word, WidthPixels: z.number().optional(), HeightPixels: z.number().optional() }))
    .default([]),
  Serial: z
    .array(z.looseObject({ Mode: word }))
    .catch([])
    .default([]),
  Sound: z
    .array(z.looseObject({ Hardware: word }))
    .catch([])
    .default([]),
  SharedDirectories: list,
});
export type UtmConfig = z.output<typeof configSchema>;

/** The settings of a bundle. @throws NotImportable */
export async function readUtmConfig(folder: string): Promise<UtmConfig> {
  try {
    const parsed = configSchema.safeParse(await readPropertyList({ root: folder, name: 'config.plist' }));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw damaged(utmTitle, `${issue?.path.join('.') ?? ''} in config.plist is not as UTM writes it`);
  } catch (error) {
    if (error instanceof PropertyListError) throw damaged(utmTitle, `config.plist ${error.message}`);
    throw error;
  }
}

/** A disk that is written to, and no disc or kernel. */
export const isUtmDisk = ({ ImageType, ReadOnly }: UtmDrive): boolean =>
  ImageType === undefined ? !ReadOnly : ImageType === 'Disk';
