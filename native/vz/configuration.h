#pragma once

#import "build-context.h"

namespace tatin {

// The whole plan as a configuration; electron/hypervisor/vz/document.ts has the plan's exact type. Not yet validated.
VZVirtualMachineConfiguration* BuildConfiguration(const Document& plan, const BuildContext& context);

// What the framework itself says against a configuration, or nil.
NSError* ProblemOf(VZVirtualMachineConfiguration* configuration);

// Why a machine of this configuration can't be suspended, or nil. Makes an error of its own where the system has no
// suspending at all.
NSError* SaveRestoreProblemOf(VZVirtualMachineConfiguration* configuration);

}  // namespace tatin
