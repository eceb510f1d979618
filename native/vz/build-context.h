// What the builders of a configuration share.
#pragma once

#import "document.h"
#import "events.h"

#import <Virtualization/Virtualization.h>

namespace tatin {

struct BuildContext {
  EventsPointer events;
  // What must live as long as the machine although the framework does not keep it: delegates are weak there.
  NSMutableArray* kept;
};

}  // namespace tatin
