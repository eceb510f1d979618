#import "events.h"

#import "document.h"
#import "failure.h"

namespace tatin {

void Events::Send(NSString* event, NSDictionary<NSString*, id>* fields) const {
  NSMutableDictionary<NSString*, id>* message = [NSMutableDictionary dictionary];
  message[@"event"] = event;
  for (NSString* key in fields) message[key] = fields[key];
  deliver_(JsonText(message));
}

void Events::SendError(NSString* event, NSError* error, NSDictionary<NSString*, id>* fields) const {
  NSMutableDictionary<NSString*, id>* message = [NSMutableDictionary dictionary];
  for (NSString* key in fields) message[key] = fields[key];
  message[@"error"] = DictionaryOf(FactsOf(error));
  Send(event, message);
}

void Ending::Settle(NSError* error) {
  if (error == nil) {
    Resolve("null");
  } else {
    Reject(FactsOf(error));
  }
}

}  // namespace tatin
