// SPDX-License-Identifier: Apache-2.0
// libuv, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include <stdlib.h>
#include <uv.h>
static uv_loop_t *loop;
static uv_poll_t **handles;
static uv_timer_t *timers;
static int timer_count;
static uv_async_t wake;

static void on_handle(uv_poll_t *handle, int status, int events) {
  (void)status;
  (void)events;
  harness_handle((int)(intptr_t)handle->data);
}

static void on_timer(uv_timer_t *timer) {
  (void)timer;
  harness_timer();
}

static void on_wake(uv_async_t *async) {
  (void)async;
  peer_drain();
}

static void on_close(uv_handle_t *handle) { free(handle); }

void loop_init(int handle_count, int count) {
  loop = uv_default_loop();
  handles = calloc((size_t)handle_count, sizeof *handles);
  timers = calloc((size_t)count + 1, sizeof *timers);
  uv_async_init(loop, &wake, on_wake);
}

void loop_handle_add(int number, int descriptor) {
  handles[number] = malloc(sizeof *handles[number]);
  if (uv_poll_init(loop, handles[number], descriptor) < 0) peer_fail("uv_poll_init");
  handles[number]->data = (void *)(intptr_t)number;
  uv_poll_start(handles[number], UV_READABLE, on_handle);
}

void loop_handle_interest(int number, int on) {
  if (on) {
    uv_poll_start(handles[number], UV_READABLE, on_handle);
  } else {
    uv_poll_stop(handles[number]);
  }
}

void loop_handle_remove(int number) {
  uv_poll_stop(handles[number]);
  uv_close((uv_handle_t *)handles[number], on_close);
}

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    uv_timer_init(loop, &timers[timer_count]);
    uv_timer_start(&timers[timer_count++], on_timer, (uint64_t)milliseconds[i], 0);
  }
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  for (int i = 0; i < count; i++) uv_timer_start(&timers[numbers[i]], on_timer, (uint64_t)milliseconds[i], 0);
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) uv_timer_stop(&timers[numbers[i]]);
}

void loop_run(void) {
  while (!harness_done) uv_run(loop, UV_RUN_ONCE);
}

void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    uv_run(loop, UV_RUN_NOWAIT);
  }
}

void loop_post(void (*function)(void *), void *argument) {
  if (peer_push(function, argument)) uv_async_send(&wake);
}

// It runs timers before it waits, and would wait for ever after the last one.
void loop_stop(void) { uv_stop(loop); }

void loop_inside(void (*body)(void)) { body(); }
