// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "WallClock.h"
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

static _Thread_local int64_t step;

void wall_clock_step(int64_t seconds) { step = seconds; }

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*_Atomic original)(clockid_t, struct timespec *);
  int (*function)(clockid_t, struct timespec *) = atomic_load_explicit(&original, memory_order_relaxed);
  if (function == NULL) {
    function = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    atomic_store_explicit(&original, function, memory_order_relaxed);
  }
  int result = function(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += step;
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec time;
  int result = clock_gettime(CLOCK_REALTIME, &time);
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1000;
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}
