#import "machine-view.h"

namespace {

constexpr NSUInteger kWayOut = NSEventModifierFlagControl | NSEventModifierFlagOption;
constexpr NSUInteger kModifiers =
    kWayOut | NSEventModifierFlagCommand | NSEventModifierFlagShift;

}  // namespace

@implementation TatinMachineView {
  tatin::EventsPointer _events;
  bool _wantsSystemKeys;
  // Control and Option are held, and nothing else has been pressed since.
  bool _wayOutHeld;
}

- (instancetype)initWithFrame:(NSRect)frame events:(tatin::EventsPointer)events {
  self = [super initWithFrame:frame];
  if (self != nil) _events = events;
  return self;
}

- (void)tatinWantSystemKeys:(bool)wanted {
  _wantsSystemKeys = wanted;
  self.capturesSystemKeys = wanted && self.window.firstResponder == self;
}

- (BOOL)becomeFirstResponder {
  BOOL became = [super becomeFirstResponder];
  if (!became) return NO;
  self.capturesSystemKeys = _wantsSystemKeys;
  _events->Send(@"focused");
  return YES;
}

- (BOOL)resignFirstResponder {
  self.capturesSystemKeys = NO;
  BOOL resigned = [super resignFirstResponder];
  if (resigned) _events->Send(@"blurred");
  return resigned;
}

- (void)mouseDown:(NSEvent*)event {
  // A click does not always bring the keyboard along by itself.
  if (self.window.firstResponder != self) [self.window makeFirstResponder:self];
  else self.capturesSystemKeys = _wantsSystemKeys;
  [super mouseDown:event];
}

- (void)keyDown:(NSEvent*)event {
  _wayOutHeld = false;
  [super keyDown:event];
}

- (void)flagsChanged:(NSEvent*)event {
  // The guest hears of every change, or it would believe a key to be held.
  [super flagsChanged:event];
  NSUInteger held = event.modifierFlags & kModifiers;
  if (held == kWayOut) {
    _wayOutHeld = true;
  } else if ((held & ~kWayOut) != 0) {
    _wayOutHeld = false;
  } else if (held == 0 && _wayOutHeld) {
    _wayOutHeld = false;
    [self tatinReleaseKeys];
  }
}

- (void)tatinReleaseKeys {
  self.capturesSystemKeys = NO;
  [self.window makeFirstResponder:nil];
  _events->Send(@"keysReleased");
}

- (void)tatinLoseKeyboard {
  _wayOutHeld = false;
  if (!self.capturesSystemKeys) return;
  self.capturesSystemKeys = NO;
  _events->Send(@"keysReleased");
}

@end
