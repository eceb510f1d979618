#pragma once

#import "events.h"

#import <AppKit/AppKit.h>
#import <Virtualization/Virtualization.h>

// The framework's view, with a way out of it: pressing and releasing Control and Option alone gives the keyboard back, and
// so does another window that takes it. Tells "focused", "blurred" and "keysReleased" by events.
@interface TatinMachineView : VZVirtualMachineView

- (instancetype)initWithFrame:(NSRect)frame events:(tatin::EventsPointer)events;
// Whether keys such as Command-Tab go to the guest whenever the view has the keyboard.
- (void)wantSystemKeys:(bool)wanted;
- (void)windowLostTheKeyboard:(NSNotification*)notification;

@end
