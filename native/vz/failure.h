// What went wrong, in plain C++ so that it can cross threads and outlive Objective-C's objects.
#pragma once

#import <Foundation/Foundation.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace tatin {

// The errors that this addon makes itself, in the domain "TatinVz".
enum class Problem : long {
  kDocument = 1,      // the JSON document does not say what it must
  kWrongThread = 2,   // not called on the main thread, which is the machine's queue
  kNotSupported = 3,  // this macOS, this processor or the SDK of this build lacks it
  kState = 4,         // makes no sense now: no machine, no such device
  kException = 5,     // Objective-C raised an exception
  kSystem = 6,        // a system call failed
};

struct ErrorFacts {
  std::string message;
  std::string domain;
  long code = 0;
  // NSLocalizedFailure, the failure reason and the recovery suggestion; empty where the error has none.
  std::string failure;
  std::string reason;
  std::string suggestion;
  std::shared_ptr<ErrorFacts> underlying;
};

ErrorFacts FactsOf(NSError* error);
ErrorFacts FactsOf(NSException* exception);
// As it goes into an event's JSON; ToJavaScript in javascript.h makes an Error of the same fields.
NSDictionary* DictionaryOf(const ErrorFacts& facts);

class Failure : public std::exception {
 public:
  explicit Failure(ErrorFacts facts) : facts_(std::move(facts)) {}
  Failure(Problem problem, NSString* message);
  const char* what() const noexcept override { return facts_.message.c_str(); }
  const ErrorFacts& facts() const { return facts_; }

 private:
  ErrorFacts facts_;
};

// Throws what a call that reported failure left. Some leave nothing, so `what` says what was tried.
[[noreturn]] void FailWith(NSError* error, NSString* what);
// Throws the error that a system call left in errno.
[[noreturn]] void FailBySystem(const char* call);
// Throws that the feature needs a newer macOS: "Save and restore needs macOS 14 or newer."
[[noreturn]] void FailAsTooOld(NSString* feature, NSString* version);
// Throws that the feature needs Apple silicon.
[[noreturn]] void FailAsWrongProcessor(NSString* feature);

// Runs the work; Objective-C's exceptions become Failures, so that there is one kind of what can be thrown.
void Translating(const std::function<void()>& work);

std::string Utf8(NSString* text);

}  // namespace tatin
