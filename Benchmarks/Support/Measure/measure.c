// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "measure.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

static int64_t start;

int64_t measure_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void measure_begin(void) {
  CALLGRIND_ZERO_STATS;
  start = measure_now();
}

void measure_end(const char *name, long operations) {
  int64_t took = measure_now() - start;
  char label[160];
  snprintf(label, sizeof label, "%s=%ld", name, operations);
  CALLGRIND_DUMP_STATS_AT(label);
  printf("%s %.2f\n", name, (double)took / (double)operations);
  fflush(stdout);
}

void measure_report(const char *name, double value) {
  printf("%s %.2f\n", name, value);
  fflush(stdout);
}

long measure_heap(void) {
  struct mallinfo2 info = mallinfo2();
  return (long)(info.uordblks + info.hblkhd);
}

void measure_pause(unsigned microseconds) { usleep(microseconds); }

static int make(int flags) {
  static int is_raised;
  if (!is_raised) {
    struct rlimit limit = {200000, 200000};
    setrlimit(RLIMIT_NOFILE, &limit);
    is_raised = 1;
  }
  int descriptor = eventfd(0, flags | EFD_CLOEXEC);
  if (descriptor < 0) {
    perror("eventfd");
    exit(1);
  }
  return descriptor;
}

int measure_eventfd(void) { return make(EFD_NONBLOCK); }
int measure_blocking_eventfd(void) { return make(0); }

void measure_eventfd_write(int descriptor) {
  if (eventfd_write(descriptor, 1) != 0) {
    perror("eventfd_write");
    exit(1);
  }
}

int measure_eventfd_read(int descriptor) {
  eventfd_t value;
  return eventfd_read(descriptor, &value) == 0;
}

uint32_t measure_random(void) {
  static uint32_t state = 12345;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
