#pragma once
// The part of AppKit that native/vz uses; see Foundation.h beside it.
#import <Foundation/Foundation.h>

@class NSWindow, NSView, NSScreen;

typedef NS_ENUM(NSInteger, NSWindowOrderingMode) { NSWindowAbove = 1, NSWindowBelow = -1, NSWindowOut = 0 };
typedef NS_OPTIONS(NSUInteger, NSEventModifierFlags) {
  NSEventModifierFlagShift = 1 << 17,
  NSEventModifierFlagControl = 1 << 18,
  NSEventModifierFlagOption = 1 << 19,
  NSEventModifierFlagCommand = 1 << 20,
};
typedef NS_OPTIONS(NSUInteger, NSWindowStyleMask) {
  NSWindowStyleMaskTitled = 1 << 0,
  NSWindowStyleMaskClosable = 1 << 1,
  NSWindowStyleMaskMiniaturizable = 1 << 2,
  NSWindowStyleMaskResizable = 1 << 3,
};
typedef NS_ENUM(NSUInteger, NSBackingStoreType) { NSBackingStoreBuffered = 2 };
typedef NS_ENUM(NSUInteger, NSWindowTabbingMode) { NSWindowTabbingModeDisallowed = 2 };
typedef NS_OPTIONS(NSUInteger, NSAutoresizingMaskOptions) {
  NSViewNotSizable = 0,
  NSViewWidthSizable = 2,
  NSViewHeightSizable = 16,
};

@interface NSEvent : NSObject
@property (readonly) NSEventModifierFlags modifierFlags;
@end

@interface NSResponder : NSObject
- (BOOL)becomeFirstResponder;
- (BOOL)resignFirstResponder;
- (void)flagsChanged:(NSEvent*)event;
- (void)keyDown:(NSEvent*)event;
- (void)mouseDown:(NSEvent*)event;
@end

@interface NSView : NSResponder
@property NSRect frame;
@property NSRect bounds;
@property (readonly, getter=isFlipped) BOOL flipped;
@property (getter=isHidden) BOOL hidden;
@property NSAutoresizingMaskOptions autoresizingMask;
@property (readonly, unsafe_unretained) NSWindow* window;
@property (readonly, unsafe_unretained) NSView* superview;
- (instancetype)initWithFrame:(NSRect)frame;
- (void)addSubview:(NSView*)view positioned:(NSWindowOrderingMode)place relativeTo:(NSView*)other;
- (void)removeFromSuperview;
@end

@interface NSScreen : NSObject
@property (class, readonly, strong) NSScreen* mainScreen;
@end

@class NSNotification;
@protocol NSWindowDelegate <NSObject>
@optional
- (BOOL)windowShouldClose:(NSWindow*)sender;
- (void)windowDidResignKey:(NSNotification*)notification;
@end

@interface NSNotification : NSObject
@end

@interface NSWindow : NSResponder
@property (copy) NSString* title;
@property (strong) NSView* contentView;
@property (readonly, strong) NSResponder* firstResponder;
@property (weak) id<NSWindowDelegate> delegate;
@property (getter=isReleasedWhenClosed) BOOL releasedWhenClosed;
@property NSSize contentMinSize;
@property NSWindowTabbingMode tabbingMode;
- (instancetype)initWithContentRect:(NSRect)content
                          styleMask:(NSWindowStyleMask)style
                            backing:(NSBackingStoreType)backing
                              defer:(BOOL)defers;
- (BOOL)makeFirstResponder:(NSResponder*)responder;
- (void)makeKeyAndOrderFront:(id)sender;
- (void)center;
- (void)close;
@end

extern NSNotificationName const NSWindowDidResignKeyNotification;
@interface NSNotificationCenter : NSObject
@property (class, readonly, strong) NSNotificationCenter* defaultCenter;
- (void)addObserver:(id)observer selector:(SEL)selector name:(NSNotificationName)name object:(id)object;
- (void)removeObserver:(id)observer;
@end
