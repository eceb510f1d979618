#pragma once

#include <napi.h>

namespace tatin {

// The class whose instances are machines, for JavaScript; electron/hypervisor/vz/addon.ts has its type.
Napi::Function MachineClass(Napi::Env env);

}  // namespace tatin
