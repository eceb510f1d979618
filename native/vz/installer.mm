#import "installer.h"

#import "failure.h"
#import "queue.h"

#if defined(__arm64__)

namespace {

char gProgressContext;

}  // namespace

@implementation TatinInstaller {
  TatinMachine* _machine;
  // Kept until the end: letting go of either ends the installation.
  VZMacOSInstaller* _installer;
  NSProgress* _progress;
  bool _begun;
}

- (instancetype)initWithMachine:(TatinMachine*)machine {
  self = [super init];
  if (self != nil) _machine = machine;
  return self;
}

- (void)installFrom:(NSURL*)image ending:(tatin::EndingPointer)ending {
  // A second installation with one machine raises an exception.
  if (_begun) throw tatin::Failure(tatin::Problem::kState, @"macOS has been installed with this machine already.");
  _installer = [[VZMacOSInstaller alloc] initWithVirtualMachine:[_machine open] restoreImageURL:image];
  _begun = true;
  [self watchProgress];
  // The block keeps this object, and with it the machine, until the end.
  [_installer installWithCompletionHandler:^(NSError* error) {
    tatin::OnMachineQueue(^{
      [self stopWatching];
      self->_installer = nil;
      ending->Settle(error);
    });
  }];
}

- (void)watchProgress {
  _progress = _installer.progress;
  [_progress addObserver:self
              forKeyPath:@"fractionCompleted"
                 options:static_cast<NSKeyValueObservingOptions>(NSKeyValueObservingOptionInitial |
                                                                 NSKeyValueObservingOptionNew)
                 context:&gProgressContext];
}

- (void)stopWatching {
  [_progress removeObserver:self forKeyPath:@"fractionCompleted" context:&gProgressContext];
  _progress = nil;
}

- (void)observeValueForKeyPath:(NSString*)keyPath
                      ofObject:(id)object
                        change:(NSDictionary<NSKeyValueChangeKey, id>*)change
                       context:(void*)context {
  if (context != &gProgressContext) {
    [super observeValueForKeyPath:keyPath ofObject:object change:change context:context];
    return;
  }
  double fraction = ((NSProgress*)object).fractionCompleted;
  __weak TatinInstaller* weakSelf = self;
  tatin::OnMachineQueue(^{
    [weakSelf tellFraction:fraction];
  });
}

- (void)tellFraction:(double)fraction {
  [_machine context].events->Send(@"installProgress", @{@"fraction" : @(fraction)});
}

- (void)cancel {
  // Before the installation has begun this would raise an exception.
  if (_installer != nil) [_progress cancel];
}

- (void)close {
  if (_progress != nil) [self stopWatching];
  _installer = nil;
}

- (void)dealloc {
  // Only if nobody closed it: the progress would go on telling an object that is gone.
  if (_progress != nil) [self stopWatching];
}

@end

#else

@implementation TatinInstaller

- (instancetype)initWithMachine:(TatinMachine*)machine {
  return [super init];
}

- (void)installFrom:(NSURL*)image ending:(tatin::EndingPointer)ending {
  tatin::FailAsWrongProcessor(@"Installing macOS in a guest");
}

- (void)cancel {
}

- (void)close {
}

@end

#endif
