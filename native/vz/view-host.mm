#import "view-host.h"

#import "machine-view.h"

@interface TatinViewHost () <NSWindowDelegate>
@end

@implementation TatinViewHost {
  TatinMachineView* _view;
  // Of the page, or nil in a window of its own. Not kept: it belongs to Electron's window.
  __weak NSView* _contentView;
  NSWindow* _ownWindow;
  tatin::EventsPointer _events;
}

- (instancetype)initWithMachine:(TatinMachine*)machine
                    contentView:(NSView*)contentView
                        request:(const tatin::Document&)request {
  self = [super init];
  if (self == nil) return nil;
  VZVirtualMachine* virtualMachine = [machine open];
  _events = [machine context].events;
  _contentView = contentView;
  NSRect frame = [self frameFrom:request.Object(@"frame")];
  _view = [[TatinMachineView alloc] initWithFrame:frame events:_events];
  if (contentView == nil) {
    [self openWindowOf:frame.size title:request.Text(@"title")];
  } else {
    // Electron's own views may be reordered later; code that does that calls `change:`, which puts this one on top again.
    [contentView addSubview:_view positioned:NSWindowAbove relativeTo:nil];
  }
  [self change:request];
  _view.virtualMachine = virtualMachine;
  // Not the view itself: taking it off the centre again would take off what the framework's class observes, too.
  [NSNotificationCenter.defaultCenter addObserver:self
                                         selector:@selector(windowLostTheKeyboard:)
                                             name:NSWindowDidResignKeyNotification
                                           object:_view.window];
  return self;
}

- (void)openWindowOf:(NSSize)size title:(NSString*)title {
  auto style = static_cast<NSWindowStyleMask>(NSWindowStyleMaskTitled | NSWindowStyleMaskClosable |
                                              NSWindowStyleMaskMiniaturizable | NSWindowStyleMaskResizable);
  _ownWindow = [[NSWindow alloc] initWithContentRect:NSMakeRect(0, 0, size.width, size.height)
                                           styleMask:style
                                             backing:NSBackingStoreBuffered
                                               defer:NO];
  // ARC keeps it; AppKit would release it once more.
  _ownWindow.releasedWhenClosed = NO;
  _ownWindow.tabbingMode = NSWindowTabbingModeDisallowed;
  _ownWindow.title = title;
  _ownWindow.delegate = self;
  _ownWindow.contentView = _view;
  [_ownWindow center];
  [_ownWindow makeKeyAndOrderFront:nil];
}

// The page measures from its top, AppKit from the bottom unless the view says otherwise.
- (NSRect)frameFrom:(const tatin::Document&)frame {
  double width = frame.Number(@"width");
  double height = frame.Number(@"height");
  NSView* contentView = _contentView;
  if (contentView == nil) return NSMakeRect(0, 0, width, height);
  double top = frame.Number(@"y");
  double y = contentView.flipped ? top : contentView.bounds.size.height - top - height;
  return NSMakeRect(frame.Number(@"x"), y, width, height);
}

- (void)change:(const tatin::Document&)change {
  NSView* contentView = _contentView;
  if (change.Has(@"frame") && contentView != nil) {
    _view.frame = [self frameFrom:change.Object(@"frame")];
    [contentView addSubview:_view positioned:NSWindowAbove relativeTo:nil];
  }
  if (change.Has(@"title")) _ownWindow.title = change.Text(@"title");
  if (change.Has(@"hidden")) _view.hidden = change.Flag(@"hidden");
  if (change.Has(@"capturesSystemKeys")) [_view tatinWantSystemKeys:change.Flag(@"capturesSystemKeys")];
  if (change.Has(@"reconfiguresDisplay")) {
    // Before macOS 14 a display keeps its size, and the view scales the picture.
    if (@available(macOS 14.0, *)) _view.automaticallyReconfiguresDisplay = change.Flag(@"reconfiguresDisplay");
  }
}

- (void)focus {
  [_ownWindow makeKeyAndOrderFront:nil];
  [_view.window makeFirstResponder:_view];
}

- (void)blur {
  NSWindow* window = _view.window;
  if (window.firstResponder == _view) [window makeFirstResponder:_contentView];
}

- (void)windowLostTheKeyboard:(NSNotification*)notification {
  [_view tatinLoseKeyboard];
}

- (BOOL)windowShouldClose:(NSWindow*)sender {
  // What becomes of the machine is decided in TypeScript, which then closes this.
  _events->Send(@"windowCloseWanted");
  return NO;
}

- (void)close {
  if (_view == nil) return;
  [NSNotificationCenter.defaultCenter removeObserver:self];
  [self blur];
  // In this order, or the view draws a machine that is gone.
  _view.virtualMachine = nil;
  [_view removeFromSuperview];
  _view = nil;
  _ownWindow.delegate = nil;
  [_ownWindow close];
  _ownWindow = nil;
}

@end
