#import "javascript.h"

#include <atomic>

namespace tatin {

namespace {

// A promise that may be settled on any thread. JavaScript's values are made on its own thread only, in a scope that the
// thread-safe function opens; a completion handler has none.
class PromiseEnding : public Ending {
 public:
  explicit PromiseEnding(Napi::Env env)
      : deferred_(Napi::Promise::Deferred::New(env)),
        // No limit: a full queue on the main thread could never be emptied.
        call_(Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "tatin.vz",
                                            0, 1)) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  void Resolve(std::string json) override {
    Napi::Promise::Deferred deferred = deferred_;
    Settle([deferred, json](Napi::Env env) { deferred.Resolve(Napi::String::New(env, json)); });
  }

  void Reject(ErrorFacts facts) override {
    Napi::Promise::Deferred deferred = deferred_;
    Settle([deferred, facts](Napi::Env env) { deferred.Reject(ToJavaScript(env, facts).Value()); });
  }

 private:
  void Settle(std::function<void(Napi::Env)> settle) {
    if (settled_.exchange(true)) return;
    call_.NonBlockingCall([settle](Napi::Env env, Napi::Function) { settle(env); });
    call_.Release();
  }

  Napi::Promise::Deferred deferred_;
  Napi::ThreadSafeFunction call_;
  std::atomic<bool> settled_{false};
};

// Lets the function go with the last that holds it.
class Listener {
 public:
  Listener(Napi::Env env, Napi::Function listener)
      : call_(Napi::ThreadSafeFunction::New(env, listener, "tatin.vz.events", 0, 1)) {
    call_.Unref(env);
  }
  ~Listener() { call_.Release(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void Tell(std::string json) const {
    call_.NonBlockingCall([json](Napi::Env env, Napi::Function listener) {
      listener.Call({Napi::String::New(env, json)});
    });
  }

 private:
  Napi::ThreadSafeFunction call_;
};

void SetText(Napi::Env env, Napi::Object object, const char* key, const std::string& text) {
  if (!text.empty()) object.Set(key, Napi::String::New(env, text));
}

// Objective-C's exceptions become Failures, so that there is one kind of what can be thrown.
void RunTranslating(const std::function<void()>& work) {
  @try {
    work();
  } @catch (NSException* exception) {
    throw Failure(FactsOf(exception));
  }
}

}  // namespace

Napi::Error ToJavaScript(Napi::Env env, const ErrorFacts& facts) {
  Napi::Error error = Napi::Error::New(env, facts.message);
  Napi::Object object = error.Value();
  object.Set("domain", Napi::String::New(env, facts.domain));
  object.Set("code", Napi::Number::New(env, static_cast<double>(facts.code)));
  SetText(env, object, "failure", facts.failure);
  SetText(env, object, "reason", facts.reason);
  SetText(env, object, "suggestion", facts.suggestion);
  if (facts.underlying != nullptr) object.Set("underlying", ToJavaScript(env, *facts.underlying).Value());
  return error;
}

Napi::Value Guarded(Napi::Env env, const std::function<Napi::Value()>& work) {
  Napi::Value value = env.Undefined();
  try {
    RequireMachineQueue();
    RunTranslating([&] { value = work(); });
  } catch (const Failure& failure) {
    throw ToJavaScript(env, failure.facts());
  }
  return value;
}

Napi::Value Promised(Napi::Env env, const std::function<void(EndingPointer)>& work) {
  auto ending = std::make_shared<PromiseEnding>(env);
  try {
    RequireMachineQueue();
    RunTranslating([&] { work(ending); });
  } catch (const Failure& failure) {
    ending->Reject(failure.facts());
  }
  return ending->Promise();
}

EventsPointer EventsTo(Napi::Env env, Napi::Function function) {
  auto listener = std::make_shared<Listener>(env, function);
  return std::make_shared<const Events>([listener](std::string json) { listener->Tell(std::move(json)); });
}

std::string TextArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsString()) throw Failure(Problem::kDocument, @"An argument that must be a text is none.");
  return info[index].As<Napi::String>().Utf8Value();
}

double NumberArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) throw Failure(Problem::kDocument, @"An argument that must be a number is none.");
  return info[index].As<Napi::Number>().DoubleValue();
}

}  // namespace tatin
