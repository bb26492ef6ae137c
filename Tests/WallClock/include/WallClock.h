// SPDX-License-Identifier: Apache-2.0
// A wall clock that one thread of a test sees stepped, since nobody may step that of the machine.
#pragma once
#include <stdint.h>

/// Adds so many seconds to what the calling thread is told of the wall clock; 0 ends that.
///
/// `clock_gettime` (CLOCK_REALTIME and its coarse relative), `gettimeofday` and `time` of the test program are replaced for it. All
/// other threads, and all other clocks, are told the truth.
void wall_clock_step(int64_t seconds);
