// SPDX-License-Identifier: Apache-2.0
// libevent, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include "measure.h"
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>
#include <stdlib.h>
static struct event_base *base;
static struct event *handles, *timers;
static int timer_count, wake_descriptor;
static struct event wake;

static void on_handle(evutil_socket_t descriptor, short events, void *number) {
  (void)descriptor;
  (void)events;
  harness_handle((int)(intptr_t)number);
}

static void on_timer(evutil_socket_t descriptor, short events, void *unused) {
  (void)descriptor;
  (void)events;
  (void)unused;
  harness_timer();
}

static void on_wake(evutil_socket_t descriptor, short events, void *unused) {
  (void)events;
  (void)unused;
  measure_eventfd_read(descriptor);
  peer_drain();
}

static struct timeval interval(int milliseconds) {
  return (struct timeval){milliseconds / 1000, milliseconds % 1000 * 1000};
}

void loop_init(int handle_count, int count) {
  base = event_base_new();
  handles = calloc((size_t)handle_count, sizeof *handles);
  timers = calloc((size_t)count + 1, sizeof *timers);
  wake_descriptor = measure_eventfd();
  event_assign(&wake, base, wake_descriptor, EV_READ | EV_PERSIST, on_wake, NULL);
  event_add(&wake, NULL);
}

void loop_handle_add(int number, int descriptor) {
  event_assign(&handles[number], base, descriptor, EV_READ | EV_PERSIST, on_handle, (void *)(intptr_t)number);
  if (event_add(&handles[number], NULL) < 0) peer_fail("event_add");
}

void loop_handle_interest(int number, int on) {
  if (on) {
    event_add(&handles[number], NULL);
  } else {
    event_del(&handles[number]);
  }
}

void loop_handle_remove(int number) { event_del(&handles[number]); }

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    struct timeval time = interval(milliseconds[i]);
    evtimer_assign(&timers[timer_count], base, on_timer, NULL);
    evtimer_add(&timers[timer_count++], &time);
  }
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    struct timeval time = interval(milliseconds[i]);
    evtimer_add(&timers[numbers[i]], &time);
  }
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) evtimer_del(&timers[numbers[i]]);
}

void loop_run(void) {
  while (!harness_done) event_base_loop(base, EVLOOP_ONCE);
}

void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    event_base_loop(base, EVLOOP_NONBLOCK);
  }
}

void loop_post(void (*function)(void *), void *argument) {
  if (peer_push(function, argument)) measure_eventfd_write(wake_descriptor);
}

void loop_stop(void) {}

void loop_inside(void (*body)(void)) { body(); }
