#pragma once
// The part of Security that native/vz uses; see ../Foundation/Foundation.h.
#import <Foundation/Foundation.h>

typedef struct __SecTask* SecTaskRef;
extern "C" SecTaskRef SecTaskCreateFromSelf(CFAllocatorRef allocator);
extern "C" CFTypeRef SecTaskCopyValueForEntitlement(SecTaskRef task, CFStringRef name, CFErrorRef* error);
