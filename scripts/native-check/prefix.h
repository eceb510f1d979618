// What most files of native/vz begin with, for precompiling in npm run native:check. Builds do not use it.
#import <Foundation/Foundation.h>
#import <Virtualization/Virtualization.h>
#include <functional>
#include <memory>
#include <napi.h>
#include <optional>
#include <string>
#include <vector>
