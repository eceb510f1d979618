#import "machine-object.h"

#import "display.h"
#import "installer.h"
#import "javascript.h"
#import "lifecycle.h"
#import "sockets.h"
#import "view-host.h"

#include <cstring>

namespace tatin {

namespace {

NSString* StringOf(const std::string& text) { return [NSString stringWithUTF8String:text.c_str()]; }

NSURL* FileArgument(const Napi::CallbackInfo& info) {
  return [NSURL fileURLWithPath:StringOf(TextArgument(info, 0)) isDirectory:NO];
}

uint32_t PortArgument(const Napi::CallbackInfo& info) { return static_cast<uint32_t>(NumberArgument(info, 0)); }

// What BrowserWindow.getNativeWindowHandle gives: a buffer that holds the address of the window's content view.
NSView* ContentViewOf(Napi::Value handle) {
  if (handle.IsNull()) return nil;
  if (!handle.IsBuffer()) throw Failure(Problem::kDocument, @"The window's handle is not a buffer.");
  auto bytes = handle.As<Napi::Buffer<uint8_t>>();
  if (bytes.Length() < sizeof(void*)) throw Failure(Problem::kDocument, @"The window's handle is too short.");
  void* address = nullptr;
  std::memcpy(&address, bytes.Data(), sizeof address);
  if (address == nullptr) throw Failure(Problem::kState, @"The window is gone.");
  return (__bridge NSView*)address;
}

class MachineObject : public Napi::ObjectWrap<MachineObject> {
 public:
  explicit MachineObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<MachineObject>(info) {
    Guarded(info.Env(), [&] {
      if (!info[1].IsFunction()) throw Failure(Problem::kDocument, @"A machine needs a listener.");
      Document plan = Document::Parse(TextArgument(info, 0));
      machine_ = [[TatinMachine alloc] initWithPlan:plan events:EventsTo(info.Env(), info[1].As<Napi::Function>())];
      sockets_ = [[TatinSockets alloc] initWithMachine:machine_];
      installer_ = [[TatinInstaller alloc] initWithMachine:machine_];
      return info.Env().Undefined();
    });
  }

  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Machine",
                       {
                           InstanceMethod<&MachineObject::SaveRestoreProblem>("saveRestoreProblem"),
                           InstanceMethod<&MachineObject::Start>("start"),
                           InstanceMethod<&MachineObject::Stop>("stop"),
                           InstanceMethod<&MachineObject::RequestStop>("requestStop"),
                           InstanceMethod<&MachineObject::Pause>("pause"),
                           InstanceMethod<&MachineObject::Resume>("resume"),
                           InstanceMethod<&MachineObject::SaveState>("saveState"),
                           InstanceMethod<&MachineObject::RestoreState>("restoreState"),
                           InstanceMethod<&MachineObject::Connect>("connect"),
                           InstanceMethod<&MachineObject::LetGoOfConnection>("letGoOfConnection"),
                           InstanceMethod<&MachineObject::Install>("install"),
                           InstanceMethod<&MachineObject::CancelInstall>("cancelInstall"),
                           InstanceMethod<&MachineObject::ShowView>("showView"),
                           InstanceMethod<&MachineObject::ChangeView>("changeView"),
                           InstanceMethod<&MachineObject::FocusView>("focusView"),
                           InstanceMethod<&MachineObject::BlurView>("blurView"),
                           InstanceMethod<&MachineObject::CloseView>("closeView"),
                           InstanceMethod<&MachineObject::Close>("close"),
                       });
  }

  // The garbage collector may come while the machine still runs: the power is taken on the machine's queue, in order.
  ~MachineObject() override {
    TatinViewHost* view = view_;
    TatinSockets* sockets = sockets_;
    TatinInstaller* installer = installer_;
    TatinMachine* machine = machine_;
    OnMachineQueue(^{
      [view close];
      [installer close];
      [sockets close];
      [machine close];
    });
  }

 private:
  using Info = const Napi::CallbackInfo&;

  // For what has no answer.
  template <typename Work>
  Napi::Value Do(Info info, Work work) {
    return Guarded(info.Env(), [&] {
      work();
      return info.Env().Undefined();
    });
  }

  Napi::Value SaveRestoreProblem(Info info) {
    return Guarded(info.Env(), [&]() -> Napi::Value {
      auto problem = [machine_ saveRestoreProblem];
      if (!problem.has_value()) return info.Env().Null();
      return Napi::String::New(info.Env(), *problem);
    });
  }

  Napi::Value Start(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) {
      WatchDisplay(machine_);
      tatin::Start(machine_, Document::Parse(TextArgument(info, 0)), ending);
    });
  }

  Napi::Value Stop(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) { tatin::Stop(machine_, ending); });
  }

  Napi::Value RequestStop(Info info) {
    return Do(info, [&] { tatin::RequestStop(machine_); });
  }

  Napi::Value Pause(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) { tatin::Pause(machine_, ending); });
  }

  Napi::Value Resume(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) { tatin::Resume(machine_, ending); });
  }

  Napi::Value SaveState(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) { tatin::SaveState(machine_, FileArgument(info), ending); });
  }

  Napi::Value RestoreState(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) {
      WatchDisplay(machine_);
      tatin::RestoreState(machine_, FileArgument(info), ending);
    });
  }

  Napi::Value Connect(Info info) {
    return Promised(info.Env(),
                    [&](EndingPointer ending) { [sockets_ connectToPort:PortArgument(info) ending:ending]; });
  }

  Napi::Value LetGoOfConnection(Info info) {
    return Do(info, [&] { [sockets_ letGoOfConnection:static_cast<uint64_t>(NumberArgument(info, 0))]; });
  }

  Napi::Value Install(Info info) {
    return Promised(info.Env(), [&](EndingPointer ending) { [installer_ installFrom:FileArgument(info) ending:ending]; });
  }

  Napi::Value CancelInstall(Info info) {
    return Do(info, [&] { [installer_ cancel]; });
  }

  Napi::Value ShowView(Info info) {
    return Do(info, [&] {
      if (view_ != nil) throw Failure(Problem::kState, @"The machine is shown already.");
      view_ = [[TatinViewHost alloc] initWithMachine:machine_
                                         contentView:ContentViewOf(info[0])
                                             request:Document::Parse(TextArgument(info, 1))];
    });
  }

  Napi::Value ChangeView(Info info) {
    return Do(info, [&] { [view_ change:Document::Parse(TextArgument(info, 0))]; });
  }

  Napi::Value FocusView(Info info) {
    return Do(info, [&] { [view_ focus]; });
  }

  Napi::Value BlurView(Info info) {
    return Do(info, [&] { [view_ blur]; });
  }

  Napi::Value CloseView(Info info) {
    return Do(info, [&] {
      [view_ close];
      view_ = nil;
    });
  }

  // In the order of what depends on what: the view draws the machine, sockets are devices of it.
  Napi::Value Close(Info info) {
    return Do(info, [&] {
      [view_ close];
      view_ = nil;
      [installer_ close];
      [sockets_ close];
      [machine_ close];
    });
  }

  TatinMachine* machine_ = nil;
  TatinSockets* sockets_ = nil;
  TatinInstaller* installer_ = nil;
  TatinViewHost* view_ = nil;
};

}  // namespace

Napi::Function MachineClass(Napi::Env env) { return MachineObject::Define(env); }

}  // namespace tatin
