#pragma once

#import "events.h"

#import <AppKit/AppKit.h>
#import <Virtualization/Virtualization.h>

// The framework's view, with a way out of it: pressing and releasing Control and Option alone gives the keyboard back, and
// so does another window that takes it. Tells "focused", "blurred" and "keysReleased" by events. Its own methods have
// names that no private one of the framework's class has.
@interface TatinMachineView : VZVirtualMachineView

- (instancetype)initWithFrame:(NSRect)frame events:(tatin::EventsPointer)events;
// Whether keys such as Command-Tab go to the guest whenever the view has the keyboard.
- (void)tatinWantSystemKeys:(bool)wanted;
- (void)tatinLoseKeyboard;

@end
