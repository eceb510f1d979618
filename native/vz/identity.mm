#import "identity.h"

#import "failure.h"

namespace tatin {

namespace {

NSString* Base64Of(NSData* bytes) { return [bytes base64EncodedStringWithOptions:NSDataBase64EncodingNone]; }

}  // namespace

void CreateAuxiliaryStorage(const Document& request) {
#if defined(__arm64__)
  VZMacHardwareModel* model =
      [[VZMacHardwareModel alloc] initWithDataRepresentation:request.Base64(@"hardwareModel")];
  if (model == nil) throw Failure(Problem::kDocument, @"The hardware model is damaged.");
  VZMacAuxiliaryStorageInitializationOptions options =
      request.Flag(@"overwrite") ? VZMacAuxiliaryStorageInitializationOptionAllowOverwrite
                                 : static_cast<VZMacAuxiliaryStorageInitializationOptions>(0);
  NSError* error = nil;
  VZMacAuxiliaryStorage* storage =
      [[VZMacAuxiliaryStorage alloc] initCreatingStorageAtURL:request.File(@"path")
                                                hardwareModel:model
                                                      options:options
                                                        error:&error];
  if (storage == nil) FailWith(error, @"Making the machine's NVRAM");
#else
  FailAsWrongProcessor(@"A macOS guest");
#endif
}

void CreateVariableStore(const Document& request) {
  VZEFIVariableStoreInitializationOptions options =
      request.Flag(@"overwrite") ? VZEFIVariableStoreInitializationOptionAllowOverwrite
                                 : static_cast<VZEFIVariableStoreInitializationOptions>(0);
  NSError* error = nil;
  VZEFIVariableStore* store = [[VZEFIVariableStore alloc] initCreatingVariableStoreAtURL:request.File(@"path")
                                                                                 options:options
                                                                                   error:&error];
  if (store == nil) FailWith(error, @"Making the machine's EFI variables");
}

NSString* CreateMachineIdentifier(const std::string& kind) {
  if (kind == "generic") return Base64Of([[VZGenericMachineIdentifier alloc] init].dataRepresentation);
  if (kind != "mac") throw Failure(Problem::kDocument, @"A machine identifier is of kind \"mac\" or \"generic\".");
#if defined(__arm64__)
  return Base64Of([[VZMacMachineIdentifier alloc] init].dataRepresentation);
#else
  FailAsWrongProcessor(@"A macOS guest");
#endif
}

}  // namespace tatin
