// The system calls that a confined program has.
#ifndef TATIN_CONFINE_FILTER_H
#define TATIN_CONFINE_FILTER_H

#include <stdbool.h>

/** Takes the rest of them away from this process for good; false, with errno, where the kernel can't. */
bool InstallFilter(void);

#endif
