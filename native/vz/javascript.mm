#import "javascript.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace tatin {

namespace {

// A function of JavaScript's that any thread may have called, later and on JavaScript's own thread. Where Node ends before
// the last holder of it does (the app quits while a machine starts), Node frees what is behind it, and the gate is shut.
class LaterCall {
 public:
  LaterCall(Napi::Env env, Napi::Function function, const char* name)
      : gate_(std::make_shared<Gate>()),
        // No limit: a full queue on the main thread could never be emptied.
        call_(Napi::ThreadSafeFunction::New(env, function, name, 0, 1, [gate = gate_](Napi::Env) {
          std::lock_guard<std::mutex> lock(gate->mutex);
          gate->isOpen = false;
        })) {}
  ~LaterCall() {
    std::lock_guard<std::mutex> lock(gate_->mutex);
    if (gate_->isOpen) call_.Release();
  }
  LaterCall(const LaterCall&) = delete;
  LaterCall& operator=(const LaterCall&) = delete;

  // Node may end while it waits for calls.
  void LetNodeEnd(Napi::Env env) { call_.Unref(env); }

  void Queue(const std::function<void(Napi::Env, Napi::Function)>& work) const {
    std::lock_guard<std::mutex> lock(gate_->mutex);
    if (gate_->isOpen) call_.NonBlockingCall(work);
  }

 private:
  struct Gate {
    std::mutex mutex;
    bool isOpen = true;
  };
  std::shared_ptr<Gate> gate_;
  Napi::ThreadSafeFunction call_;
};

// A promise that may be settled on any thread. JavaScript's values are made on its own thread only, in a scope that the
// thread-safe function opens; a completion handler has none.
class PromiseEnding : public Ending {
 public:
  explicit PromiseEnding(Napi::Env env)
      : deferred_(Napi::Promise::Deferred::New(env)),
        call_(std::make_unique<LaterCall>(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "tatin.vz")) {
  }
  // The framework dropped the handler that held this without calling it, as it does with a machine that is let go.
  ~PromiseEnding() override {
    PromiseEnding::Reject(Failure(Problem::kState, @"The machine was closed before it answered.").facts());
  }

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
    call_->Queue([settle](Napi::Env env, Napi::Function) { settle(env); });
    call_.reset();
  }

  Napi::Promise::Deferred deferred_;
  std::unique_ptr<LaterCall> call_;
  std::atomic<bool> settled_{false};
};

void SetText(Napi::Env env, Napi::Object object, const char* key, const std::string& text) {
  if (!text.empty()) object.Set(key, Napi::String::New(env, text));
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
    Translating([&] { value = work(); });
  } catch (const Failure& failure) {
    throw ToJavaScript(env, failure.facts());
  }
  return value;
}

Napi::Value Promised(Napi::Env env, const std::function<void(EndingPointer)>& work) {
  auto ending = std::make_shared<PromiseEnding>(env);
  try {
    RequireMachineQueue();
    Translating([&] { work(ending); });
  } catch (const Failure& failure) {
    ending->Reject(failure.facts());
  }
  return ending->Promise();
}

EventsPointer EventsTo(Napi::Env env, Napi::Function function) {
  auto listener = std::make_shared<LaterCall>(env, function, "tatin.vz.events");
  listener->LetNodeEnd(env);
  return std::make_shared<const Events>([listener](std::string json) {
    listener->Queue([json](Napi::Env inner, Napi::Function told) { told.Call({Napi::String::New(inner, json)}); });
  });
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
