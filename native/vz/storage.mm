#import "storage.h"

#import "descriptors.h"
#import "failure.h"

API_AVAILABLE(macos(14.0))
@interface TatinNetworkDisk : NSObject <VZNetworkBlockDeviceStorageDeviceAttachmentDelegate>
@end

@implementation TatinNetworkDisk {
  tatin::EventsPointer _events;
  NSString* _url;
}

- (instancetype)initWithEvents:(tatin::EventsPointer)events url:(NSString*)url {
  self = [super init];
  if (self != nil) {
    _events = events;
    _url = url;
  }
  return self;
}

- (void)attachment:(VZNetworkBlockDeviceStorageDeviceAttachment*)attachment didEncounterError:(NSError*)error {
  _events->SendError(@"diskDisconnected", error, @{@"url" : _url});
}

@end

namespace tatin {

namespace {

VZDiskImageCachingMode CachingOf(const Document& attachment) {
  NSString* caching = attachment.Text(@"caching");
  if ([caching isEqualToString:@"automatic"]) return VZDiskImageCachingModeAutomatic;
  if ([caching isEqualToString:@"cached"]) return VZDiskImageCachingModeCached;
  if ([caching isEqualToString:@"uncached"]) return VZDiskImageCachingModeUncached;
  attachment.Unknown(@"caching");
}

VZDiskImageSynchronizationMode ImageSynchronizationOf(const Document& attachment) {
  NSString* mode = attachment.Text(@"synchronization");
  if ([mode isEqualToString:@"full"]) return VZDiskImageSynchronizationModeFull;
  if ([mode isEqualToString:@"fsync"]) return VZDiskImageSynchronizationModeFsync;
  if ([mode isEqualToString:@"none"]) return VZDiskImageSynchronizationModeNone;
  attachment.Unknown(@"synchronization");
}

API_AVAILABLE(macos(14.0))
VZDiskSynchronizationMode DeviceSynchronizationOf(const Document& attachment) {
  NSString* mode = attachment.Text(@"synchronization");
  if ([mode isEqualToString:@"full"]) return VZDiskSynchronizationModeFull;
  if ([mode isEqualToString:@"none"]) return VZDiskSynchronizationModeNone;
  attachment.Unknown(@"synchronization");
}

VZStorageDeviceAttachment* BuildImage(const Document& attachment) {
  NSError* error = nil;
  VZStorageDeviceAttachment* built =
      [[VZDiskImageStorageDeviceAttachment alloc] initWithURL:attachment.File(@"path")
                                                     readOnly:attachment.Flag(@"readOnly")
                                                  cachingMode:CachingOf(attachment)
                                          synchronizationMode:ImageSynchronizationOf(attachment)
                                                        error:&error];
  if (built == nil) FailWith(error, @"Opening the disk image");
  return built;
}

VZStorageDeviceAttachment* BuildBlockDevice(const Document& attachment) {
  if (@available(macOS 14.0, *)) {
    NSError* error = nil;
    VZStorageDeviceAttachment* built = [[VZDiskBlockDeviceStorageDeviceAttachment alloc]
        initWithFileHandle:HandleOnDuplicateOf(attachment.Descriptor(@"descriptor"))
                  readOnly:attachment.Flag(@"readOnly")
       synchronizationMode:DeviceSynchronizationOf(attachment)
                     error:&error];
    if (built == nil) FailWith(error, @"Opening the block device");
    return built;
  } else {
    FailAsTooOld(@"Giving a whole drive to a guest", @"14");
  }
}

VZStorageDeviceAttachment* BuildNetworkDisk(const Document& attachment, const BuildContext& context) {
  if (@available(macOS 14.0, *)) {
    NSString* text = attachment.Text(@"url");
    NSURL* url = [NSURL URLWithString:text];
    NSError* error = nil;
    if (url == nil || ![VZNetworkBlockDeviceStorageDeviceAttachment validateURL:url error:&error])
      FailWith(error, @"Reading the network disk's address");
    VZNetworkBlockDeviceStorageDeviceAttachment* built = [[VZNetworkBlockDeviceStorageDeviceAttachment alloc]
                initWithURL:url
                    timeout:attachment.Number(@"timeoutSeconds")
             forcedReadOnly:attachment.Flag(@"readOnly")
        synchronizationMode:DeviceSynchronizationOf(attachment)
                      error:&error];
    if (built == nil) FailWith(error, @"Opening the network disk");
    TatinNetworkDisk* delegate = [[TatinNetworkDisk alloc] initWithEvents:context.events url:text];
    [context.kept addObject:delegate];
    built.delegate = delegate;
    return built;
  } else {
    FailAsTooOld(@"A network disk", @"14");
  }
}

VZStorageDeviceAttachment* BuildAttachment(const Document& attachment, const BuildContext& context) {
  NSString* kind = attachment.Text(@"kind");
  if ([kind isEqualToString:@"image"]) return BuildImage(attachment);
  if ([kind isEqualToString:@"block"]) return BuildBlockDevice(attachment);
  if ([kind isEqualToString:@"nbd"]) return BuildNetworkDisk(attachment, context);
  attachment.Unknown(@"kind");
}

VZStorageDeviceConfiguration* BuildVirtio(const Document& device, VZStorageDeviceAttachment* attachment) {
  VZVirtioBlockDeviceConfiguration* built =
      [[VZVirtioBlockDeviceConfiguration alloc] initWithAttachment:attachment];
  if (!device.Has(@"identifier")) return built;
  NSString* identifier = device.Text(@"identifier");
  NSError* error = nil;
  if (![VZVirtioBlockDeviceConfiguration validateBlockDeviceIdentifier:identifier error:&error])
    FailWith(error, @"Naming the disk");
  built.blockDeviceIdentifier = identifier;
  return built;
}

VZStorageDeviceConfiguration* BuildDevice(const Document& device, const BuildContext& context) {
  VZStorageDeviceAttachment* attachment = BuildAttachment(device.Object(@"attachment"), context);
  NSString* kind = device.Text(@"device");
  if ([kind isEqualToString:@"virtio"]) return BuildVirtio(device, attachment);
  if ([kind isEqualToString:@"usb"])
    return [[VZUSBMassStorageDeviceConfiguration alloc] initWithAttachment:attachment];
  device.Unknown(@"device");
}

}  // namespace

NSArray<VZStorageDeviceConfiguration*>* BuildStorage(const std::vector<Document>& devices,
                                                     const BuildContext& context) {
  NSMutableArray<VZStorageDeviceConfiguration*>* built = [NSMutableArray array];
  for (const Document& device : devices) [built addObject:BuildDevice(device, context)];
  return built;
}

}  // namespace tatin
