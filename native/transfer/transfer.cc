// The heavy bytes of images: LZ4 in Apple's framing, holes, writes past the page cache. Every call is
// synchronous and meant for a worker thread; electron/registry/disk/native.ts gives them types.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <napi.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>

#include "decoder.h"
#include "encoder.h"
#include "sparse-file.h"

namespace {

// The same shape as Node's own system errors, so that callers tell them apart in one way.
void ThrowSystem(Napi::Env env, int number, const char* call) {
  const char* name = number == ENOSPC   ? "ENOSPC"
                     : number == EDQUOT ? "EDQUOT"
                     : number == EFBIG  ? "EFBIG"
                     : number == EIO    ? "EIO"
                     : number == ENOMEM ? "ENOMEM"
                     : number == EROFS  ? "EROFS"
                     : number == EBADF  ? "EBADF"
                                        : "UNKNOWN";
  Napi::Error error = Napi::Error::New(env, std::string(name) + ": " + std::strerror(number) + ", " + call);
  error.Set("errno", Napi::Number::New(env, -number));
  error.Set("code", Napi::String::New(env, name));
  error.Set("syscall", Napi::String::New(env, call));
  error.ThrowAsJavaScriptException();
}

void ThrowType(Napi::Env env, const char* message) { Napi::TypeError::New(env, message).ThrowAsJavaScriptException(); }

// A whole number that is not negative and survives a double.
bool Whole(const Napi::Value& value, uint64_t* whole) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= 9007199254740991.0) || number != static_cast<double>(static_cast<uint64_t>(number)))
    return false;
  *whole = static_cast<uint64_t>(number);
  return true;
}

bool IsBytes(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

// The first `info[at + 1]` bytes of the buffer `info[at]`.
bool BytesAt(const Napi::CallbackInfo& info, size_t at, Napi::Uint8Array* bytes, size_t* length) {
  uint64_t whole = 0;
  if (info.Length() < at + 2 || !IsBytes(info[at]) || !Whole(info[at + 1], &whole)) return false;
  const auto array = info[at].As<Napi::Uint8Array>();
  if (whole > array.ByteLength()) return false;
  *bytes = array;
  *length = static_cast<size_t>(whole);
  return true;
}

// A function that is told which part of the decoder's memory holds the next plain bytes.
transfer::PlainSink SinkOf(const Napi::Function& on_plain, const uint8_t* memory) {
  return [on_plain, memory](const uint8_t* bytes, size_t length) {
    const Napi::Env env = on_plain.Env();
    const Napi::HandleScope scope(env);
    on_plain.Call({Napi::Number::New(env, static_cast<double>(bytes - memory)),
                   Napi::Number::New(env, static_cast<double>(length))});
    return !env.IsExceptionPending();
  };
}

// new Decoder({ fd, directFd, keepFreeBytes, offset, plainBytes, encodedStart, plainStart, writeZeros }, memory, dictionary)
class LayerDecoder : public Napi::ObjectWrap<LayerDecoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Decoder",
                       {
                           InstanceMethod<&LayerDecoder::Push>("push"),
                           InstanceMethod<&LayerDecoder::Checkpoint>("checkpoint"),
                           InstanceMethod<&LayerDecoder::Finish>("finish"),
                           InstanceMethod<&LayerDecoder::Close>("close"),
                           InstanceAccessor<&LayerDecoder::Plain>("plainBytes"),
                       });
  }

  explicit LayerDecoder(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LayerDecoder>(info) {
    if (info.Length() < 3 || !info[0].IsObject() || !IsBytes(info[1]) || !IsBytes(info[2])) {
      ThrowType(info.Env(), "expected options, memory and a dictionary");
      return;
    }
    auto memory = info[1].As<Napi::Uint8Array>();
    if (memory.ByteLength() < transfer::kMemoryBytes ||
        reinterpret_cast<uintptr_t>(memory.Data()) % transfer::kDirectAlignment != 0) {
      ThrowType(info.Env(), "expected more memory, at the border of a page");
      return;
    }
    const auto given = info[0].As<Napi::Object>();
    transfer::DecoderOptions options{};
    if (!given.Get("fd").IsNumber() || !given.Get("directFd").IsNumber() || !Whole(given.Get("keepFreeBytes"), &options.keep_free) ||
        !Whole(given.Get("offset"), &options.offset) ||
        !Whole(given.Get("plainBytes"), &options.plain_bytes) ||
        !Whole(given.Get("encodedStart"), &options.encoded_start) ||
        !Whole(given.Get("plainStart"), &options.plain_start) || options.plain_start > options.plain_bytes) {
      ThrowType(info.Env(), "expected the range of a layer");
      return;
    }
    options.fd = given.Get("fd").As<Napi::Number>().Int32Value();
    options.direct_fd = given.Get("directFd").As<Napi::Number>().Int32Value();
    options.write_zeros = given.Get("writeZeros").ToBoolean().Value();
    const auto dictionary = info[2].As<Napi::Uint8Array>();
    memory_ = memory.Data();
    decoder_ =
        std::make_unique<transfer::Decoder>(options, memory_, dictionary.Data(), dictionary.ByteLength());
    // It lives as long as this object, no matter who else forgets it.
    info.This().As<Napi::Object>().Set("memory", memory);
  }

 private:
  // push(bytes, length, onPlain): throws an error with code LZ4_DAMAGED, or of the system, or what onPlain throws
  Napi::Value Push(const Napi::CallbackInfo& info) {
    Napi::Uint8Array bytes;
    size_t length = 0;
    if (!BytesAt(info, 0, &bytes, &length))
      ThrowType(info.Env(), "expected bytes and how many of them");
    else if (IsReady(info, 2))
      Check(info.Env(), decoder_->Push(bytes.Data(), length, SinkAt(info, 2)));
    return info.Env().Undefined();
  }

  // checkpoint(onPlain): [encodedBytes, plainBytes], all of them written
  Napi::Value Checkpoint(const Napi::CallbackInfo& info) {
    if (!IsReady(info, 0) || !Check(info.Env(), decoder_->Checkpoint(SinkAt(info, 0)))) return info.Env().Undefined();
    Napi::Array pair = Napi::Array::New(info.Env(), 2);
    pair.Set(0u, Napi::Number::New(info.Env(), static_cast<double>(decoder_->encoded())));
    pair.Set(1u, Napi::Number::New(info.Env(), static_cast<double>(decoder_->plain())));
    return pair;
  }

  // finish(onPlain)
  Napi::Value Finish(const Napi::CallbackInfo& info) {
    if (IsReady(info, 0)) Check(info.Env(), decoder_->Finish(SinkAt(info, 0)));
    return info.Env().Undefined();
  }

  // close(): lets go of all memory now, not when the collector gets to it
  Napi::Value Close(const Napi::CallbackInfo& info) {
    decoder_.reset();
    memory_ = nullptr;
    info.This().As<Napi::Object>().Set("memory", info.Env().Null());
    return info.Env().Undefined();
  }

  Napi::Value Plain(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), decoder_ == nullptr ? 0 : static_cast<double>(decoder_->plain()));
  }

  // Whether it is open, and `info[at]` a function.
  bool IsReady(const Napi::CallbackInfo& info, size_t at) {
    if (decoder_ == nullptr)
      ThrowType(info.Env(), "the decoder is closed");
    else if (info.Length() <= at || !info[at].IsFunction())
      ThrowType(info.Env(), "expected a function that takes plain bytes");
    else
      return true;
    return false;
  }

  transfer::PlainSink SinkAt(const Napi::CallbackInfo& info, size_t at) {
    return SinkOf(info[at].As<Napi::Function>(), memory_);
  }

  bool Check(Napi::Env env, bool went_well) {
    if (went_well) return true;
    // The sink threw.
    if (env.IsExceptionPending()) return false;
    if (decoder_->number() != 0) {
      ThrowSystem(env, decoder_->number(), "write");
      return false;
    }
    Napi::Error error = Napi::Error::New(env, decoder_->reason());
    error.Set("code", Napi::String::New(env, "LZ4_DAMAGED"));
    error.ThrowAsJavaScriptException();
    return false;
  }

  std::unique_ptr<transfer::Decoder> decoder_;
  uint8_t* memory_ = nullptr;
};

// encodedBound(length): number
Napi::Value EncodedBound(const Napi::CallbackInfo& info) {
  uint64_t length = 0;
  if (info.Length() < 1 || !Whole(info[0], &length)) {
    ThrowType(info.Env(), "expected a length");
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), static_cast<double>(transfer::EncodedBound(static_cast<size_t>(length))));
}

// encode(bytes, length, target): number of bytes put into target. Without bytes (null), zeros.
Napi::Value Encode(const Napi::CallbackInfo& info) {
  Napi::Uint8Array bytes;
  size_t length = 0;
  uint64_t zeros = 0;
  const bool is_zeros = info.Length() > 1 && info[0].IsNull() && Whole(info[1], &zeros);
  if (is_zeros) length = static_cast<size_t>(zeros);
  if ((!is_zeros && !BytesAt(info, 0, &bytes, &length)) || info.Length() < 3 || !info[2].IsTypedArray()) {
    ThrowType(info.Env(), "expected bytes, how many of them, and a target");
    return info.Env().Undefined();
  }
  auto target = info[2].As<Napi::Uint8Array>();
  if (target.ByteLength() < transfer::EncodedBound(length)) {
    ThrowType(info.Env(), "the target is too small");
    return info.Env().Undefined();
  }
  const size_t made = is_zeros ? transfer::EncodeZeros(length, target.Data())
                               : transfer::Encode(bytes.Data(), length, target.Data());
  return Napi::Number::New(info.Env(), static_cast<double>(made));
}

// writeSparsely(fd, directFd, bytes, length, offset, writeZeros, keepFreeBytes): skips what is zero
Napi::Value WriteSparsely(const Napi::CallbackInfo& info) {
  Napi::Uint8Array bytes;
  size_t length = 0;
  uint64_t offset = 0, keep_free = 0;
  if (info.Length() < 7 || !info[0].IsNumber() || !info[1].IsNumber() || !BytesAt(info, 2, &bytes, &length) ||
      !Whole(info[4], &offset) || !Whole(info[6], &keep_free)) {
    ThrowType(info.Env(), "expected two descriptors, bytes, how many of them, an offset, and what is to stay free");
    return info.Env().Undefined();
  }
  transfer::SparseFile file(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Number>().Int32Value(),
                            info[5].ToBoolean().Value(), keep_free);
  const int number = file.Write(bytes.Data(), length, offset);
  if (number != 0) ThrowSystem(info.Env(), number, "write");
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Decoder", LayerDecoder::Define(env));
  exports.Set("decoderMemoryBytes", Napi::Number::New(env, static_cast<double>(transfer::kMemoryBytes)));
  exports.Set("encodedBound", Napi::Function::New(env, EncodedBound, "encodedBound"));
  exports.Set("encode", Napi::Function::New(env, Encode, "encode"));
  exports.Set("writeSparsely", Napi::Function::New(env, WriteSparsely, "writeSparsely"));
  return exports;
}

}  // namespace

NODE_API_MODULE(transfer, Init)
