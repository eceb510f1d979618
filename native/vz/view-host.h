// Shows a machine: in a view over a placeholder of an Electron window's page, or in a window of its own.
#pragma once

#import "machine.h"

#import <AppKit/AppKit.h>

@interface TatinViewHost : NSObject

// `contentView` is the Electron window's, nil for a window of its own.
// {title, capturesSystemKeys, reconfiguresDisplay, frame: {x, y, width, height}}: the frame in points from the top left of
// the window's content. The machine should be starting or running, else the picture may stay black.
- (instancetype)initWithMachine:(TatinMachine*)machine
                    contentView:(NSView*)contentView
                        request:(const tatin::Document&)request;
// Any of the request's fields, and {hidden}.
- (void)change:(const tatin::Document&)change;
- (void)focus;
// Gives the keyboard back to the page.
- (void)blur;
// Must come before the window is destroyed and before the machine is closed.
- (void)close;

@end
