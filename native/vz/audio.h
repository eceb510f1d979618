#pragma once

#import "build-context.h"

namespace tatin {

// {input: "host" | "none", output: "host" | "silent" | "none"}. A silent output is there for the guest and goes nowhere.
NSArray<VZAudioDeviceConfiguration*>* BuildAudio(const Document& audio);

}  // namespace tatin
