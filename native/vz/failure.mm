#import "failure.h"

#include <cerrno>
#include <cstring>

namespace tatin {

namespace {

NSString* const kDomain = @"TatinVz";

void AddText(NSMutableDictionary<NSString*, id>* to, NSString* key, const std::string& text) {
  if (!text.empty()) to[key] = [NSString stringWithUTF8String:text.c_str()];
}

}  // namespace

std::string Utf8(NSString* text) {
  const char* bytes = text == nil ? nullptr : text.UTF8String;
  return bytes == nullptr ? std::string() : std::string(bytes);
}

ErrorFacts FactsOf(NSError* error) {
  ErrorFacts facts;
  facts.message = Utf8(error.localizedDescription);
  facts.domain = Utf8(error.domain);
  facts.code = error.code;
  facts.failure = Utf8(error.userInfo[NSLocalizedFailureErrorKey]);
  facts.reason = Utf8(error.localizedFailureReason);
  facts.suggestion = Utf8(error.localizedRecoverySuggestion);
  NSError* underlying = error.userInfo[NSUnderlyingErrorKey];
  if (underlying != nil) facts.underlying = std::make_shared<ErrorFacts>(FactsOf(underlying));
  return facts;
}

ErrorFacts FactsOf(NSException* exception) {
  ErrorFacts facts;
  facts.message = Utf8(exception.reason);
  if (facts.message.empty()) facts.message = Utf8(exception.name);
  facts.domain = Utf8(kDomain);
  facts.code = static_cast<long>(Problem::kException);
  facts.reason = Utf8(exception.name);
  return facts;
}

NSDictionary* DictionaryOf(const ErrorFacts& facts) {
  NSMutableDictionary<NSString*, id>* fields = [NSMutableDictionary dictionary];
  fields[@"message"] = [NSString stringWithUTF8String:facts.message.c_str()];
  fields[@"domain"] = [NSString stringWithUTF8String:facts.domain.c_str()];
  fields[@"code"] = @(facts.code);
  AddText(fields, @"failure", facts.failure);
  AddText(fields, @"reason", facts.reason);
  AddText(fields, @"suggestion", facts.suggestion);
  if (facts.underlying != nullptr) fields[@"underlying"] = DictionaryOf(*facts.underlying);
  return fields;
}

Failure::Failure(Problem problem, NSString* message) {
  facts_.message = Utf8(message);
  facts_.domain = Utf8(kDomain);
  facts_.code = static_cast<long>(problem);
}

void FailWith(NSError* error, NSString* what) {
  if (error != nil) throw Failure(FactsOf(error));
  throw Failure(Problem::kState, [what stringByAppendingString:@" failed, and the system gave no reason."]);
}

void FailBySystem(const char* call) {
  throw Failure(Problem::kSystem, [NSString stringWithFormat:@"%s: %s", call, std::strerror(errno)]);
}

void Translating(const std::function<void()>& work) {
  @try {
    work();
  } @catch (NSException* exception) {
    throw Failure(FactsOf(exception));
  }
}

void FailAsTooOld(NSString* feature, NSString* version) {
  throw Failure(Problem::kNotSupported,
                [NSString stringWithFormat:@"%@ needs macOS %@ or newer.", feature, version]);
}

void FailAsWrongProcessor(NSString* feature) {
  throw Failure(Problem::kNotSupported, [feature stringByAppendingString:@" needs a Mac with Apple silicon."]);
}

}  // namespace tatin
