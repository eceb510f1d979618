#import "shares.h"

#import "failure.h"

namespace tatin {

namespace {

VZSharedDirectory* BuildFolder(const Document& folder) {
  return [[VZSharedDirectory alloc] initWithURL:folder.Folder(@"path") readOnly:folder.Flag(@"readOnly")];
}

VZDirectoryShare* BuildMultiple(const Document& share) {
  NSMutableDictionary<NSString*, VZSharedDirectory*>* folders = [NSMutableDictionary dictionary];
  for (const Document& folder : share.List(@"folders")) {
    NSString* name = folder.Text(@"name");
    NSError* error = nil;
    if (![VZMultipleDirectoryShare validateName:name error:&error]) FailWith(error, @"Naming the shared folder");
    folders[name] = BuildFolder(folder);
  }
  return [[VZMultipleDirectoryShare alloc] initWithDirectories:folders];
}

#if defined(__arm64__)
API_AVAILABLE(macos(14.0))
VZLinuxRosettaCachingOptions* BuildCaching(const Document& caching) {
  NSError* error = nil;
  VZLinuxRosettaCachingOptions* options = nil;
  NSString* kind = caching.Text(@"kind");
  if ([kind isEqualToString:@"unix"]) {
    options = [[VZLinuxRosettaUnixSocketCachingOptions alloc] initWithPath:caching.Text(@"path") error:&error];
  } else if ([kind isEqualToString:@"abstract"]) {
    options = [[VZLinuxRosettaAbstractSocketCachingOptions alloc] initWithName:caching.Text(@"name") error:&error];
  } else {
    caching.Unknown(@"kind");
  }
  if (options == nil) FailWith(error, @"Setting up Rosetta's cache");
  return options;
}

VZDirectoryShare* BuildRosetta(const Document& share) {
  NSError* error = nil;
  VZLinuxRosettaDirectoryShare* rosetta = [[VZLinuxRosettaDirectoryShare alloc] initWithError:&error];
  if (rosetta == nil) FailWith(error, @"Sharing Rosetta");
  if (!share.Has(@"caching")) return rosetta;
  if (@available(macOS 14.0, *)) {
    rosetta.options = BuildCaching(share.Object(@"caching"));
  } else {
    FailAsTooOld(@"Rosetta's cache", @"14");
  }
  return rosetta;
}
#else
VZDirectoryShare* BuildRosetta(const Document&) { FailAsWrongProcessor(@"Rosetta in a guest"); }
#endif

}  // namespace

VZDirectoryShare* BuildShare(const Document& share) {
  NSString* kind = share.Text(@"kind");
  if ([kind isEqualToString:@"single"])
    return [[VZSingleDirectoryShare alloc] initWithDirectory:BuildFolder(share)];
  if ([kind isEqualToString:@"multiple"]) return BuildMultiple(share);
  if ([kind isEqualToString:@"rosetta"]) return BuildRosetta(share);
  share.Unknown(@"kind");
}

NSArray<VZDirectorySharingDeviceConfiguration*>* BuildShares(const std::vector<Document>& shares) {
  NSMutableArray<VZDirectorySharingDeviceConfiguration*>* built = [NSMutableArray array];
  for (const Document& share : shares) {
    NSString* tag = share.Text(@"tag");
    NSError* error = nil;
    if (![VZVirtioFileSystemDeviceConfiguration validateTag:tag error:&error]) FailWith(error, @"Naming the share");
    VZVirtioFileSystemDeviceConfiguration* device =
        [[VZVirtioFileSystemDeviceConfiguration alloc] initWithTag:tag];
    device.share = BuildShare(share.Object(@"share"));
    [built addObject:device];
  }
  return built;
}

}  // namespace tatin
