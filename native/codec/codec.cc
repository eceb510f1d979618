// LZFSE for Node: decoding and encoding in threads of the pool. electron/codecs/lzfse/codec.ts gives it types, and is the
// same in TypeScript where this is not built.

#include <napi.h>

#include "decoder.h"
#include "encoder.h"

namespace {

// Two byte arrays that stay where they are until the work is done.
class Work : public Napi::AsyncWorker {
 public:
  Work(Napi::Env env, Napi::Uint8Array from, Napi::Uint8Array to)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        kept_from_(Napi::Persistent(from.As<Napi::Object>())),
        kept_to_(Napi::Persistent(to.As<Napi::Object>())),
        from_(from.Data()),
        from_bytes_(from.ByteLength()),
        to_(to.Data()),
        to_bytes_(to.ByteLength()) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 protected:
  Napi::Promise::Deferred deferred_;
  const Napi::ObjectReference kept_from_;
  const Napi::ObjectReference kept_to_;
  const uint8_t* const from_;
  const size_t from_bytes_;
  uint8_t* const to_;
  const size_t to_bytes_;
};

// Resolves with undefined, or with [reason, offset] of what is damaged.
class DecodeWork : public Work {
 public:
  using Work::Work;

  void Execute() override { damage_ = codec::Decode(from_, from_bytes_, to_, to_bytes_); }

  void OnOK() override {
    if (damage_.reason == nullptr) {
      deferred_.Resolve(Env().Undefined());
      return;
    }
    Napi::Array damage = Napi::Array::New(Env(), 2);
    damage.Set(0u, Napi::String::New(Env(), damage_.reason));
    damage.Set(1u, Napi::Number::New(Env(), static_cast<double>(damage_.offset)));
    deferred_.Resolve(damage);
  }

 private:
  codec::Damage damage_;
};

// Resolves with the length of the stream; 0 if there is no room for it.
class EncodeWork : public Work {
 public:
  using Work::Work;

  void Execute() override { bytes_ = codec::Encode(from_, from_bytes_, to_, to_bytes_); }
  void OnOK() override { deferred_.Resolve(Napi::Number::New(Env(), static_cast<double>(bytes_))); }

 private:
  size_t bytes_ = 0;
};

template <typename W>
Napi::Value Start(const Napi::CallbackInfo& info) {
  const auto is_bytes = [&](size_t at) {
    return info.Length() > at && info[at].IsTypedArray() &&
           info[at].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
           info[at].As<Napi::TypedArray>().ByteLength() < size_t{1} << 32;
  };
  if (!is_bytes(0) || !is_bytes(1)) {
    Napi::TypeError::New(info.Env(), "expected two byte arrays of less than 4 GiB").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  // Frees itself when it has run.
  W* work = new W(info.Env(), info[0].As<Napi::Uint8Array>(), info[1].As<Napi::Uint8Array>());
  work->Queue();
  return work->Promise();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("decode", Napi::Function::New(env, Start<DecodeWork>, "decode"));
  exports.Set("encode", Napi::Function::New(env, Start<EncodeWork>, "encode"));
  return exports;
}

}  // namespace

NODE_API_MODULE(codec, Init)
