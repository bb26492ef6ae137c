// SPDX-License-Identifier: Apache-2.0
// GLib, as the harness wants it.
#include "Loop.h"
#include "peer.h"
#include <glib-unix.h>
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
static GSource **handles, **timers;
static int *watched;
static int timer_count;

static gboolean on_handle(gint descriptor, GIOCondition events, gpointer number) {
  (void)descriptor;
  (void)events;
  harness_handle((int)(intptr_t)number);
  return G_SOURCE_CONTINUE;
}

static gboolean on_timer(gpointer source) {
  g_source_set_ready_time(*(GSource **)source, -1);
  harness_timer();
  return G_SOURCE_CONTINUE;
}

void loop_init(int handle_count, int count) {
  handles = calloc((size_t)handle_count, sizeof *handles);
  watched = calloc((size_t)handle_count, sizeof *watched);
  timers = calloc((size_t)count + 1, sizeof *timers);
}

void loop_handle_add(int number, int descriptor) {
  watched[number] = descriptor;
  handles[number] = g_unix_fd_source_new(descriptor, G_IO_IN);
  g_source_set_callback(handles[number], G_SOURCE_FUNC(on_handle), (gpointer)(intptr_t)number, NULL);
  g_source_attach(handles[number], NULL);
}

void loop_handle_remove(int number) {
  g_source_destroy(handles[number]);
  g_source_unref(handles[number]);
}

// A source has no switch; this is what libvirt does, too.
void loop_handle_interest(int number, int on) {
  if (on) {
    loop_handle_add(number, watched[number]);
  } else {
    loop_handle_remove(number);
  }
}

void loop_timers_add(int count, const int *milliseconds) {
  for (int i = 0; i < count; i++) {
    GSource **timer = &timers[timer_count++];
    *timer = g_timeout_source_new((guint)milliseconds[i]);
    g_source_set_callback(*timer, on_timer, timer, NULL);
    g_source_attach(*timer, NULL);
  }
}

void loop_timers_arm(int count, const int *numbers, const int *milliseconds) {
  gint64 now = g_get_monotonic_time();
  for (int i = 0; i < count; i++) g_source_set_ready_time(timers[numbers[i]], now + milliseconds[i] * 1000ll);
}

void loop_timers_off(int count, const int *numbers) {
  for (int i = 0; i < count; i++) g_source_set_ready_time(timers[numbers[i]], -1);
}

void loop_run(void) {
  while (!harness_done) g_main_context_iteration(NULL, TRUE);
}

void loop_turns(void (*step)(void), long count) {
  for (long i = 0; i < count; i++) {
    step();
    g_main_context_iteration(NULL, FALSE);
  }
}

static gboolean on_post(gpointer argument) {
  struct post *post = argument;
  post->function(post->argument);
  free(post);
  return G_SOURCE_REMOVE;
}

void loop_post(void (*function)(void *), void *argument) {
  struct post *post = malloc(sizeof *post);
  *post = (struct post){function, argument};
  g_main_context_invoke(NULL, on_post, post);
}

void loop_stop(void) {}

void loop_inside(void (*body)(void)) { body(); }
