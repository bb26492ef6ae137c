// SPDX-License-Identifier: Apache-2.0
// libev, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include <ev.h>
#include <stdint.h>
#include <stdlib.h>
static struct ev_loop *loop;
static ev_io *handles;
static ev_timer *timers;
static int timer_count;
static ev_async wake;

static void on_handle(struct ev_loop *unused, ev_io *handle, int events) {
  (void)unused;
  (void)events;
  harness_handle((int)(intptr_t)handle->data);
}

static void on_timer(struct ev_loop *unused, ev_timer *timer, int events) {
  (void)unused;
  (void)timer;
  (void)events;
  harness_timer();
}

static void on_wake(struct ev_loop *unused, ev_async *async, int events) {
  (void)unused;
  (void)async;
  (void)events;
  peer_drain();
}

void loop_init(int handle_count, int count) {
  loop = ev_default_loop(EVBACKEND_EPOLL);
  handles = calloc((size_t)handle_count, sizeof *handles);
  timers = calloc((size_t)count + 1, sizeof *timers);
  ev_async_init(&wake, on_wake);
  ev_async_start(loop, &wake);
}

void loop_handle_add(int number, int descriptor) {
  ev_io_init(&handles[number], on_handle, descriptor, EV_READ);
  handles[number].data = (void *)(intptr_t)number;
  ev_io_start(loop, &handles[number]);
}

void loop_handle_interest(int number, int on) {
  if (on) {
    ev_io_start(loop, &handles[number]);
  } else {
    ev_io_stop(loop, &handles[number]);
  }
}

void loop_handle_remove(int number) { ev_io_stop(loop, &handles[number]); }

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    ev_timer_init(&timers[timer_count], on_timer, milliseconds[i] / 1000.0, 0.0);
    ev_timer_start(loop, &timers[timer_count++]);
  }
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    timers[numbers[i]].repeat = milliseconds[i] / 1000.0;
    ev_timer_again(loop, &timers[numbers[i]]);
  }
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) ev_timer_stop(loop, &timers[numbers[i]]);
}

void loop_run(void) {
  while (!harness_done) ev_run(loop, EVRUN_ONCE);
}

void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    ev_run(loop, EVRUN_NOWAIT);
  }
}

void loop_post(void (*function)(void *), void *argument) {
  if (peer_push(function, argument)) ev_async_send(loop, &wake);
}

void loop_stop(void) {}

void loop_inside(void (*body)(void)) { body(); }
