// One-way messages from a machine to JavaScript, each a JSON text with a field "event". May be sent from any thread.
#pragma once

#import <Foundation/Foundation.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace tatin {

struct ErrorFacts;

class Events {
 public:
  // What is sent by a delegate must not throw: nobody there would catch it, and the app would end.
  using Deliver = std::function<void(std::string json)>;
  explicit Events(Deliver deliver) : deliver_(std::move(deliver)) {}

  void Send(NSString* event, NSDictionary<NSString*, id>* fields = @{}) const;
  void SendError(NSString* event, NSError* error, NSDictionary<NSString*, id>* fields = @{}) const;

  // Nothing is delivered any more, and the listener is let go: else it and its machine would keep each other forever.
  void Close() const;

 private:
  mutable std::mutex mutex_;
  mutable Deliver deliver_;
};

using EventsPointer = std::shared_ptr<const Events>;

// How an asynchronous call ends: exactly once, from any thread. One that is let go of without an end is rejected.
class Ending {
 public:
  virtual ~Ending() = default;
  // A JSON text.
  virtual void Resolve(std::string json) = 0;
  virtual void Reject(ErrorFacts facts) = 0;
  // nil resolves with null.
  void Settle(NSError* error);
};

using EndingPointer = std::shared_ptr<Ending>;

// Runs what ends a call in a completion handler, where nobody else catches: what it throws rejects the call.
void EndBy(const EndingPointer& ending, const std::function<void()>& work);

}  // namespace tatin
