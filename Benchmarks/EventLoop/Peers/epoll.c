// SPDX-License-Identifier: Apache-2.0
// epoll(7) itself, with a heap of timers: the floor, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include "measure.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
// A handle is its number in the epoll data. A timer is a place in a heap of four children to a node.
struct timer {
  int64_t due;
  int place;
};

static int poll_descriptor, wake_descriptor;
static int *watched;
static struct timer *timers;
static int *heap, heap_count, timer_count;

static void control(int operation, int descriptor, uint32_t number) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
  if (epoll_ctl(poll_descriptor, operation, descriptor, &event) < 0) peer_fail("epoll_ctl");
}

void loop_init(int handles, int count) {
  poll_descriptor = epoll_create1(EPOLL_CLOEXEC);
  watched = calloc((size_t)handles, sizeof *watched);
  timers = calloc((size_t)count + 1, sizeof *timers);
  heap = calloc((size_t)count + 1, sizeof *heap);
  for (int i = 0; i < count; i++) timers[i].place = -1;
  wake_descriptor = measure_eventfd();
  control(EPOLL_CTL_ADD, wake_descriptor, UINT32_MAX);
}

void loop_handle_add(int number, int descriptor) {
  watched[number] = descriptor;
  control(EPOLL_CTL_ADD, descriptor, (uint32_t)number);
}

void loop_handle_interest(int number, int on) {
  control(on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, watched[number], (uint32_t)number);
}

void loop_handle_remove(int number) { control(EPOLL_CTL_DEL, watched[number], 0); }

static inline void put(int number, int place) {
  heap[place] = number;
  timers[number].place = place;
}

static void sift(int number, int place) {
  int64_t due = timers[number].due;
  while (place > 0 && timers[heap[(place - 1) / 4]].due > due) {
    put(heap[(place - 1) / 4], place);
    place = (place - 1) / 4;
  }
  for (int child; (child = place * 4 + 1) < heap_count;) {
    int end = child + 4 < heap_count ? child + 4 : heap_count, least = child;
    while (++child < end) {
      if (timers[heap[child]].due < timers[heap[least]].due) least = child;
    }
    if (timers[heap[least]].due >= due) break;
    put(heap[least], place);
    place = least;
  }
  put(number, place);
}

static void arm(int number, int64_t due) {
  int place = timers[number].place;
  timers[number].due = due;
  sift(number, place >= 0 ? place : heap_count++);
}

static void disarm(int number) {
  int place = timers[number].place, last = heap[--heap_count];
  timers[number].place = -1;
  if (place < heap_count) sift(last, place);
}

// Like most loops, this one takes the time once a turn.
static int64_t now;

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) arm(timer_count++, now + milliseconds[i] * 1000000ll);
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  for (int i = 0; i < count; i++) arm(numbers[i], now + milliseconds[i] * 1000000ll);
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) disarm(numbers[i]);
}

static void turn(int waits) {
  static struct epoll_event ready[1024];
  int timeout = waits ? -1 : 0;
  if (heap_count > 0 && waits) {
    now = measure_now();
    int64_t left = timers[heap[0]].due - now;
    timeout = left <= 0 ? 0 : (int)((left + 999999) / 1000000);
  }
  int count = epoll_wait(poll_descriptor, ready, 1024, timeout);
  if (heap_count > 0) {
    now = measure_now();
    while (heap_count > 0 && timers[heap[0]].due <= now) {
      disarm(heap[0]);
      harness_timer();
    }
  }
  for (int i = 0; i < count; i++) {
    uint32_t number = ready[i].data.u32;
    if (number == UINT32_MAX) {
      measure_eventfd_read(wake_descriptor);
      peer_drain();
    } else {
      harness_handle((int)number);
    }
  }
}

void loop_run(void) {
  while (!harness_done) turn(1);
}

void loop_stop(void) {}

void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    turn(0);
  }
}

void loop_inside(void (*body)(void)) {
  now = measure_now();
  body();
}

void loop_post(void (*function)(void *), void *argument) {
  if (peer_push(function, argument)) measure_eventfd_write(wake_descriptor);
}
