#import "events.h"

#import "document.h"
#import "failure.h"

#include <utility>

namespace tatin {

void Events::Send(NSString* event, NSDictionary<NSString*, id>* fields) const {
  Deliver deliver;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    deliver = deliver_;
  }
  if (!deliver) return;
  try {
    Translating([&] {
      NSMutableDictionary<NSString*, id>* message = [NSMutableDictionary dictionary];
      message[@"event"] = event;
      for (NSString* key in fields) message[key] = fields[key];
      deliver(JsonText(message));
    });
  } catch (const Failure& failure) {
    NSLog(@"Tatin could not tell of %@: %s", event, failure.what());
  }
}

void Events::SendError(NSString* event, NSError* error, NSDictionary<NSString*, id>* fields) const {
  NSMutableDictionary<NSString*, id>* message = [NSMutableDictionary dictionary];
  for (NSString* key in fields) message[key] = fields[key];
  message[@"error"] = DictionaryOf(FactsOf(error));
  Send(event, message);
}

void Events::Close() const {
  Deliver dropped;
  std::lock_guard<std::mutex> lock(mutex_);
  std::swap(dropped, deliver_);
}

void EndBy(const EndingPointer& ending, const std::function<void()>& work) {
  try {
    Translating(work);
  } catch (const Failure& failure) {
    ending->Reject(failure.facts());
  }
}

void Ending::Settle(NSError* error) {
  if (error == nil) {
    Resolve("null");
  } else {
    Reject(FactsOf(error));
  }
}

}  // namespace tatin
