#import "machine.h"

#import "configuration.h"
#import "failure.h"
#import "queue.h"

namespace {

char gStateContext;

NSString* NameOf(VZVirtualMachineState state) {
  switch (state) {
    case VZVirtualMachineStateStopped: return @"stopped";
    case VZVirtualMachineStateRunning: return @"running";
    case VZVirtualMachineStatePaused: return @"paused";
    case VZVirtualMachineStateError: return @"error";
    case VZVirtualMachineStateStarting: return @"starting";
    case VZVirtualMachineStatePausing: return @"pausing";
    case VZVirtualMachineStateResuming: return @"resuming";
    case VZVirtualMachineStateStopping: return @"stopping";
    case VZVirtualMachineStateSaving: return @"saving";
    case VZVirtualMachineStateRestoring: return @"restoring";
  }
  // A state that a later macOS may add.
  return @"unknown";
}

}  // namespace

@interface TatinMachine () <VZVirtualMachineDelegate>
@end

@implementation TatinMachine {
  VZVirtualMachine* _virtualMachine;
  tatin::BuildContext _context;
  std::optional<std::string> _saveRestoreProblem;
}

@synthesize virtualMachine = _virtualMachine;

- (instancetype)initWithPlan:(const tatin::Document&)plan events:(tatin::EventsPointer)events {
  self = [super init];
  if (self == nil) return nil;
  _context = tatin::BuildContext{events, [NSMutableArray array]};
  VZVirtualMachineConfiguration* configuration = tatin::BuildConfiguration(plan, _context);
  NSError* problem = tatin::ProblemOf(configuration);
  if (problem != nil) tatin::FailWith(problem, @"Checking the machine");
  [self learnSaveRestoreProblem:configuration];
  _virtualMachine = [[VZVirtualMachine alloc] initWithConfiguration:configuration];
  _virtualMachine.delegate = self;
  [_virtualMachine addObserver:self
                    forKeyPath:@"state"
                       options:NSKeyValueObservingOptionNew
                       context:&gStateContext];
  return self;
}

- (void)learnSaveRestoreProblem:(VZVirtualMachineConfiguration*)configuration {
  try {
    NSError* problem = tatin::SaveRestoreProblemOf(configuration);
    if (problem != nil) _saveRestoreProblem = tatin::FactsOf(problem).message;
  } catch (const tatin::Failure& failure) {
    _saveRestoreProblem = failure.facts().message;
  }
}

- (const tatin::BuildContext&)context {
  return _context;
}

- (std::optional<std::string>)saveRestoreProblem {
  return _saveRestoreProblem;
}

- (VZVirtualMachine*)open {
  if (_virtualMachine == nil) throw tatin::Failure(tatin::Problem::kState, @"The machine is closed.");
  return _virtualMachine;
}

- (NSString*)stateName {
  return _virtualMachine == nil ? @"stopped" : NameOf(_virtualMachine.state);
}

- (void)keep:(id)object {
  [_context.kept addObject:object];
}

- (void)close {
  if (_virtualMachine == nil) return;
  [_virtualMachine removeObserver:self forKeyPath:@"state" context:&gStateContext];
  for (id object in _context.kept)
    if ([object respondsToSelector:@selector(endWatching)]) [(id<TatinWatching>)object endWatching];
  _virtualMachine.delegate = nil;
  _virtualMachine = nil;
  [_context.kept removeAllObjects];
  _context.events->Close();
}

- (void)dealloc {
  // Only if nobody closed it: an observer that outlives its object is an exception.
  [_virtualMachine removeObserver:self forKeyPath:@"state" context:&gStateContext];
}

- (void)observeValueForKeyPath:(NSString*)keyPath
                      ofObject:(id)object
                        change:(NSDictionary<NSKeyValueChangeKey, id>*)change
                       context:(void*)context {
  if (context != &gStateContext) {
    [super observeValueForKeyPath:keyPath ofObject:object change:change context:context];
    return;
  }
  // Which thread this comes on is not promised.
  __weak TatinMachine* weakSelf = self;
  tatin::OnMachineQueue(^{
    [weakSelf tellState];
  });
}

- (void)tellState {
  if (_virtualMachine != nil) _context.events->Send(@"state", @{@"state" : [self stateName]});
}

- (void)guestDidStopVirtualMachine:(VZVirtualMachine*)virtualMachine {
  _context.events->Send(@"guestStopped");
}

- (void)virtualMachine:(VZVirtualMachine*)virtualMachine didStopWithError:(NSError*)error {
  _context.events->SendError(@"stoppedWithError", error);
}

- (void)virtualMachine:(VZVirtualMachine*)virtualMachine
                             networkDevice:(VZNetworkDevice*)networkDevice
    attachmentWasDisconnectedWithError:(NSError*)error {
  NSUInteger index = [virtualMachine.networkDevices indexOfObjectIdenticalTo:networkDevice];
  if (index != NSNotFound) _context.events->SendError(@"networkDisconnected", error, @{@"index" : @(index)});
}

@end
