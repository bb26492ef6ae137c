// SPDX-License-Identifier: Apache-2.0
// libvirt's own loop, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include "measure.h"
#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdint.h>
#include <stdlib.h>
static int *handles, *timers;
static int timer_count, wake_descriptor;

static void on_handle(int watch, int descriptor, int events, void *number) {
  (void)watch;
  (void)descriptor;
  (void)events;
  harness_handle((int)(intptr_t)number);
}

static void on_timer(int timer, void *unused) {
  (void)unused;
  virEventUpdateTimeout(timer, -1);
  harness_timer();
}

static void on_wake(int watch, int descriptor, int events, void *unused) {
  (void)watch;
  (void)events;
  (void)unused;
  measure_eventfd_read(descriptor);
  peer_drain();
}

void loop_init(int handle_count, int count) {
  virEventRegisterDefaultImpl();
  handles = calloc((size_t)handle_count, sizeof *handles);
  timers = calloc((size_t)count + 1, sizeof *timers);
  wake_descriptor = measure_eventfd();
  virEventAddHandle(wake_descriptor, VIR_EVENT_HANDLE_READABLE, on_wake, NULL, NULL);
}

void loop_handle_add(int number, int descriptor) {
  void *argument = (void *)(intptr_t)number;
  handles[number] = virEventAddHandle(descriptor, VIR_EVENT_HANDLE_READABLE, on_handle, argument, NULL);
}

void loop_handle_interest(int number, int on) {
  virEventUpdateHandle(handles[number], on ? VIR_EVENT_HANDLE_READABLE : 0);
}

void loop_handle_remove(int number) { virEventRemoveHandle(handles[number]); }

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) timers[timer_count++] = virEventAddTimeout(milliseconds[i], on_timer, NULL, NULL);
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  for (int i = 0; i < count; i++) virEventUpdateTimeout(timers[numbers[i]], milliseconds[i]);
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) virEventUpdateTimeout(timers[numbers[i]], -1);
}

void loop_run(void) {
  while (!harness_done) virEventRunDefaultImpl();
}

// libvirt has no turn that does not wait; its loop is GLib's default context.
void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    g_main_context_iteration(NULL, FALSE);
  }
}

void loop_post(void (*function)(void *), void *argument) {
  if (peer_push(function, argument)) measure_eventfd_write(wake_descriptor);
}

void loop_stop(void) {}

void loop_inside(void (*body)(void)) { body(); }
