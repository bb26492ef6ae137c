// SPDX-License-Identifier: Apache-2.0
// The kernel interfaces that the Glibc overlay leaves out, and what has to be cheap.
#pragma once
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include "SocketPeer.h"

// The C library declares these two only to programs that ask for all of its extensions.

/// setns(2).
int setns(int descriptor, int kind);
/// The child closes all descriptors from a number on (posix_spawn_file_actions_addclosefrom_np(3)).
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/// A number that no other living thread has, and that is never 0.
static inline uintptr_t linux_current_thread(void) {
  return (uintptr_t)__builtin_thread_pointer();
}

/// CLOCK_MONOTONIC in nanoseconds.
static inline int64_t linux_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// epoll_ctl with the event's two halves instead of the event; 0 or -1 with `errno`.
static inline int linux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data = {.u64 = data}};
  return epoll_ctl(epoll, operation, descriptor, &event);
}
