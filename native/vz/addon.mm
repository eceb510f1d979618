// The addon's own functions. electron/hypervisor/vz/addon.ts has their types; all policy is there.

#import "descriptors.h"
#import "document.h"
#import "host-facts.h"
#import "identity.h"
#import "javascript.h"
#import "machine-object.h"
#import "restore-image.h"

namespace tatin {

namespace {

using Info = const Napi::CallbackInfo&;

Napi::Value HostFactsOf(Info info) {
  return Guarded(info.Env(), [&] { return Napi::String::New(info.Env(), HostFacts()); });
}

Napi::Value OpenPairOf(Info info) {
  return Guarded(info.Env(), [&] { return Napi::String::New(info.Env(), OpenPair(TextArgument(info, 0))); });
}

Napi::Value OpenPseudoTerminalOf(Info info) {
  return Guarded(info.Env(), [&] { return Napi::String::New(info.Env(), OpenPseudoTerminal()); });
}

Napi::Value CreateMachineIdentifierOf(Info info) {
  return Guarded(info.Env(), [&] {
    return Napi::String::New(info.Env(), Utf8(CreateMachineIdentifier(TextArgument(info, 0))));
  });
}

Napi::Value CreateAuxiliaryStorageOf(Info info) {
  return Guarded(info.Env(), [&] {
    CreateAuxiliaryStorage(Document::Parse(TextArgument(info, 0)));
    return info.Env().Undefined();
  });
}

Napi::Value CreateVariableStoreOf(Info info) {
  return Guarded(info.Env(), [&] {
    CreateVariableStore(Document::Parse(TextArgument(info, 0)));
    return info.Env().Undefined();
  });
}

Napi::Value LatestRestoreImageOf(Info info) {
  return Promised(info.Env(), [&](EndingPointer ending) { FetchLatestRestoreImage(ending); });
}

Napi::Value LoadRestoreImageOf(Info info) {
  return Promised(info.Env(), [&](EndingPointer ending) {
    NSString* path = [NSString stringWithUTF8String:TextArgument(info, 0).c_str()];
    LoadRestoreImage([NSURL fileURLWithPath:path isDirectory:NO], ending);
  });
}

Napi::Value InstallRosettaOf(Info info) {
  return Promised(info.Env(), [&](EndingPointer ending) { InstallRosetta(ending); });
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("hostFacts", Napi::Function::New<HostFactsOf>(env));
  exports.Set("openPair", Napi::Function::New<OpenPairOf>(env));
  exports.Set("openPseudoTerminal", Napi::Function::New<OpenPseudoTerminalOf>(env));
  exports.Set("createMachineIdentifier", Napi::Function::New<CreateMachineIdentifierOf>(env));
  exports.Set("createAuxiliaryStorage", Napi::Function::New<CreateAuxiliaryStorageOf>(env));
  exports.Set("createVariableStore", Napi::Function::New<CreateVariableStoreOf>(env));
  exports.Set("latestRestoreImage", Napi::Function::New<LatestRestoreImageOf>(env));
  exports.Set("loadRestoreImage", Napi::Function::New<LoadRestoreImageOf>(env));
  exports.Set("installRosetta", Napi::Function::New<InstallRosettaOf>(env));
  exports.Set("Machine", MachineClass(env));
  return exports;
}

}  // namespace

}  // namespace tatin

static Napi::Object InitializeAddon(Napi::Env env, Napi::Object exports) { return tatin::Initialize(env, exports); }

NODE_API_MODULE(vz, InitializeAddon)
