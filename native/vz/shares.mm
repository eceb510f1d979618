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
VZDirectoryShare* BuildRosetta() {
  NSError* error = nil;
  VZLinuxRosettaDirectoryShare* rosetta = [[VZLinuxRosettaDirectoryShare alloc] initWithError:&error];
  if (rosetta == nil) FailWith(error, @"Sharing Rosetta");
  return rosetta;
}
#else
VZDirectoryShare* BuildRosetta() { FailAsWrongProcessor(@"Rosetta in a guest"); }
#endif

VZDirectoryShare* BuildShare(const Document& share) {
  NSString* kind = share.Text(@"kind");
  if ([kind isEqualToString:@"single"])
    return [[VZSingleDirectoryShare alloc] initWithDirectory:BuildFolder(share)];
  if ([kind isEqualToString:@"multiple"]) return BuildMultiple(share);
  if ([kind isEqualToString:@"rosetta"]) return BuildRosetta();
  share.Unknown(@"kind");
}

}  // namespace

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
