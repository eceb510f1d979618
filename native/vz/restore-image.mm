#import "restore-image.h"

#import "document.h"
#import "failure.h"

#import <Virtualization/Virtualization.h>

namespace tatin {

#if defined(__arm64__)

namespace {

id RequirementsOf(VZMacOSRestoreImage* image) {
  VZMacOSConfigurationRequirements* requirements = image.mostFeaturefulSupportedConfiguration;
  if (requirements == nil) return [NSNull null];
  NSData* model = requirements.hardwareModel.dataRepresentation;
  return @{
    @"hardwareModel" : [model base64EncodedStringWithOptions:NSDataBase64EncodingNone],
    @"cpuCount" : @(requirements.minimumSupportedCPUCount),
    @"memoryBytes" : @(requirements.minimumSupportedMemorySize),
  };
}

NSString* VersionOf(VZMacOSRestoreImage* image) {
  NSOperatingSystemVersion version = image.operatingSystemVersion;
  return [NSString stringWithFormat:@"%ld.%ld.%ld", static_cast<long>(version.majorVersion),
                                    static_cast<long>(version.minorVersion), static_cast<long>(version.patchVersion)];
}

// Called on a thread of the framework's; an image, unlike a machine, may be read there.
void End(VZMacOSRestoreImage* image, NSError* error, EndingPointer ending) {
  EndBy(ending, [&] {
    if (image == nil) FailWith(error, @"Reading the restore image");
    ending->Resolve(JsonText(@{
      @"url" : image.URL.absoluteString,
      @"build" : image.buildVersion,
      @"version" : VersionOf(image),
      @"supported" : @(image.supported),
      @"requirements" : RequirementsOf(image),
    }));
  });
}

}  // namespace

void FetchLatestRestoreImage(EndingPointer ending) {
  [VZMacOSRestoreImage fetchLatestSupportedWithCompletionHandler:^(VZMacOSRestoreImage* image, NSError* error) {
    End(image, error, ending);
  }];
}

void LoadRestoreImage(NSURL* file, EndingPointer ending) {
  [VZMacOSRestoreImage loadFileURL:file
                 completionHandler:^(VZMacOSRestoreImage* image, NSError* error) {
                   End(image, error, ending);
                 }];
}

#else

void FetchLatestRestoreImage(EndingPointer) { FailAsWrongProcessor(@"Installing macOS in a guest"); }

void LoadRestoreImage(NSURL*, EndingPointer) { FailAsWrongProcessor(@"Installing macOS in a guest"); }

#endif

}  // namespace tatin
