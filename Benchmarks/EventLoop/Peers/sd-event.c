// SPDX-License-Identifier: Apache-2.0
// sd-event, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include "measure.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>
static sd_event *loop;
static sd_event_source **handles, **timers;
static int timer_count, wake_descriptor;

static int on_handle(sd_event_source *source, int descriptor, uint32_t events, void *number) {
  (void)source;
  (void)descriptor;
  (void)events;
  harness_handle((int)(intptr_t)number);
  return 0;
}

static int on_timer(sd_event_source *source, uint64_t time, void *unused) {
  (void)source;
  (void)time;
  (void)unused;
  harness_timer();
  return 0;
}

static int on_wake(sd_event_source *source, int descriptor, uint32_t events, void *unused) {
  (void)source;
  (void)events;
  (void)unused;
  measure_eventfd_read(descriptor);
  peer_drain();
  return 0;
}

static uint64_t due(int milliseconds) {
  uint64_t now;
  sd_event_now(loop, CLOCK_MONOTONIC, &now);
  return now + (uint64_t)milliseconds * 1000;
}

void loop_init(int handle_count, int count) {
  sd_event_new(&loop);
  handles = calloc((size_t)handle_count, sizeof *handles);
  timers = calloc((size_t)count + 1, sizeof *timers);
  wake_descriptor = measure_eventfd();
  sd_event_add_io(loop, NULL, wake_descriptor, EPOLLIN, on_wake, NULL);
}

void loop_handle_add(int number, int descriptor) {
  void *argument = (void *)(intptr_t)number;
  if (sd_event_add_io(loop, &handles[number], descriptor, EPOLLIN, on_handle, argument) < 0) {
    peer_fail("sd_event_add_io");
  }
}

void loop_handle_interest(int number, int on) {
  sd_event_source_set_enabled(handles[number], on ? SD_EVENT_ON : SD_EVENT_OFF);
}

void loop_handle_remove(int number) { sd_event_source_disable_unref(handles[number]); }

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    sd_event_add_time(loop, &timers[timer_count++], CLOCK_MONOTONIC, due(milliseconds[i]), 1, on_timer, NULL);
  }
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    sd_event_source_set_time(timers[numbers[i]], due(milliseconds[i]));
    sd_event_source_set_enabled(timers[numbers[i]], SD_EVENT_ONESHOT);
  }
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) sd_event_source_set_enabled(timers[numbers[i]], SD_EVENT_OFF);
}

void loop_run(void) {
  while (!harness_done) sd_event_run(loop, UINT64_MAX);
}

void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    sd_event_run(loop, 0);
  }
}

void loop_post(void (*function)(void *), void *argument) {
  if (peer_push(function, argument)) measure_eventfd_write(wake_descriptor);
}

void loop_stop(void) {}

void loop_inside(void (*body)(void)) { body(); }
