#import "queue.h"

#import "failure.h"

namespace tatin {

void RequireMachineQueue() {
  if (NSThread.isMainThread) return;
  throw Failure(Problem::kWrongThread, @"Virtual machines can only be used from the main thread of the main process.");
}

void OnMachineQueue(dispatch_block_t block) {
  if (NSThread.isMainThread) {
    block();
  } else {
    dispatch_async(dispatch_get_main_queue(), block);
  }
}

void LaterOnMachineQueue(dispatch_block_t block) { dispatch_async(dispatch_get_main_queue(), block); }

}  // namespace tatin
