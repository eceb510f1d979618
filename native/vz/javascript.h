// Where JavaScript and Objective-C meet: errors, promises and events. Nothing else but machine-object and addon knows both.
#pragma once

#import "events.h"
#import "failure.h"
#import "queue.h"

#include <napi.h>

#include <functional>

namespace tatin {

// An Error with message, domain, code, failure, reason, suggestion and underlying.
Napi::Error ToJavaScript(Napi::Env env, const ErrorFacts& facts);

// Runs `work` on the machine's queue and turns what it throws, Objective-C's exceptions included, into JavaScript's.
Napi::Value Guarded(Napi::Env env, const std::function<Napi::Value()>& work);

// The same for `work` that ends later: a promise of a JSON text.
Napi::Value Promised(Napi::Env env, const std::function<void(EndingPointer)>& work);

// Events that call `listener` with a JSON text. Node may end while it waits for them.
EventsPointer EventsTo(Napi::Env env, Napi::Function listener);

// The text of an argument that must be a string.
std::string TextArgument(const Napi::CallbackInfo& info, size_t index);
double NumberArgument(const Napi::CallbackInfo& info, size_t index);

}  // namespace tatin
