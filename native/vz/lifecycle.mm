#import "lifecycle.h"

#import "failure.h"
#import "newer-apis.h"

namespace tatin {

namespace {

#if defined(__arm64__)
void Provision(VZMacOSVirtualMachineStartOptions* options, const Document& account) {
  Class provisioningClass = TatinClass("VZMacGuestProvisioningOptions");
  if (provisioningClass == Nil || ![options respondsToSelector:@selector(setGuestProvisioningOptions:error:)])
    FailAsTooOld(@"Setting up the guest's first account", @"27");
  id<TatinGuestProvisioning> provisioning = [[provisioningClass alloc] init];
  provisioning.fullName = account.Text(@"fullName");
  provisioning.username = account.Text(@"username");
  provisioning.password = account.Text(@"password");
  provisioning.logsInAutomatically = account.Flag(@"logsInAutomatically");
  provisioning.enablesRemoteLogin = account.Flag(@"enablesRemoteLogin");
  NSError* error = nil;
  if (![(id<TatinProvisionedStart>)options setGuestProvisioningOptions:provisioning error:&error])
    FailWith(error, @"Setting up the guest's first account");
}

VZVirtualMachineStartOptions* BuildStartOptions(const Document& options) {
  VZMacOSVirtualMachineStartOptions* built = [[VZMacOSVirtualMachineStartOptions alloc] init];
  built.startUpFromMacOSRecovery = options.Flag(@"recovery");
  if (options.Has(@"provisioning")) Provision(built, options.Object(@"provisioning"));
  return built;
}
#else
VZVirtualMachineStartOptions* BuildStartOptions(const Document&) { FailAsWrongProcessor(@"Starting from recovery"); }
#endif

}  // namespace

void Start(TatinMachine* machine, const Document& options, EndingPointer ending) {
  auto settle = ^(NSError* error) {
    ending->Settle(error);
  };
  VZVirtualMachine* virtualMachine = [machine open];
  if (options.Flag(@"recovery") || options.Has(@"provisioning")) {
    [virtualMachine startWithOptions:BuildStartOptions(options) completionHandler:settle];
  } else {
    [virtualMachine startWithCompletionHandler:settle];
  }
}

void Stop(TatinMachine* machine, EndingPointer ending) {
  [[machine open] stopWithCompletionHandler:^(NSError* error) {
    ending->Settle(error);
  }];
}

void RequestStop(TatinMachine* machine) {
  NSError* error = nil;
  if (![[machine open] requestStopWithError:&error]) FailWith(error, @"Asking the guest to shut down");
}

void Pause(TatinMachine* machine, EndingPointer ending) {
  [[machine open] pauseWithCompletionHandler:^(NSError* error) {
    ending->Settle(error);
  }];
}

void Resume(TatinMachine* machine, EndingPointer ending) {
  [[machine open] resumeWithCompletionHandler:^(NSError* error) {
    ending->Settle(error);
  }];
}

void SaveState(TatinMachine* machine, NSURL* file, EndingPointer ending) {
#if defined(__arm64__)
  if (@available(macOS 14.0, *)) {
    [[machine open] saveMachineStateToURL:file
                        completionHandler:^(NSError* error) {
                          ending->Settle(error);
                        }];
  } else {
    FailAsTooOld(@"Suspending a machine", @"14");
  }
#else
  FailAsWrongProcessor(@"Suspending a machine");
#endif
}

void RestoreState(TatinMachine* machine, NSURL* file, EndingPointer ending) {
#if defined(__arm64__)
  if (@available(macOS 14.0, *)) {
    [[machine open] restoreMachineStateFromURL:file
                             completionHandler:^(NSError* error) {
                               ending->Settle(error);
                             }];
  } else {
    FailAsTooOld(@"Resuming a suspended machine", @"14");
  }
#else
  FailAsWrongProcessor(@"Resuming a suspended machine");
#endif
}

}  // namespace tatin
