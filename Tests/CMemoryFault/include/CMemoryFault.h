// SPDX-License-Identifier: Apache-2.0
// Makes allocations of libdbus fail, in the calling thread, for the tests of what happens then.
#pragma once

// Lets `skipped` allocations of libdbus in this thread succeed and the next `failing` ones fail.
// False where that is not possible, since something else already stands in for the allocator (a sanitizer does).
int memory_fault_arm(long skipped, long failing);

// Ends that; returns how many allocations failed.
long memory_fault_disarm(void);
