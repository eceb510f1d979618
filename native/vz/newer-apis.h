// What macOS 26 and 27 added, for builds with any SDK. An SDK that knows macOS 26 is used as it is
// (TATIN_SDK_HAS_26). Of macOS 27 nothing is taken from an SDK: classes are looked up by name when they are needed, and
// these protocols, which no class adopts, say which of their messages are sent.
#pragma once

#import <Virtualization/Virtualization.h>

#ifdef TATIN_SDK_HAS_26
// Set by the build: npm run native:check has declarations in place of an SDK.
#elif defined(__MAC_26_0) || (defined(__MAC_OS_X_VERSION_MAX_ALLOWED) && __MAC_OS_X_VERSION_MAX_ALLOWED >= 260000)
#define TATIN_SDK_HAS_26 1
#else
#define TATIN_SDK_HAS_26 0
#endif

// An object of the class, or nil where this macOS has none of that name. The class decides which `init...` follows.
#define TatinClass(name) NSClassFromString(@name)

// VZMacGuestProvisioningOptions, and VZMacOSVirtualMachineStartOptions as macOS 27 has it.
@protocol TatinGuestProvisioning
@property (readwrite, copy) NSString* fullName;
@property (readwrite, copy) NSString* username;
@property (readwrite, copy) NSString* password;
@property (readwrite) BOOL logsInAutomatically;
@property (readwrite) BOOL enablesRemoteLogin;
@end
@protocol TatinProvisionedStart
- (BOOL)setGuestProvisioningOptions:(id)options error:(NSError**)error;
@end

// VZVirtualMachineConfiguration as macOS 27 has it: the name that system services show, at most 64 characters.
@protocol TatinLabelled
@property (readwrite, copy) NSString* label;
@end
