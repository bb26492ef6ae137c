// SPDX-License-Identifier: Apache-2.0
// The cases, the same for every loop.
//
//   ready N K OPERATIONS   K of N handles are always readable and their callback does nothing: the loop alone
//   chain N K OPERATIONS   K of N handles are readable; each callback reads, and makes another one readable
//   timers T M EVENTS      T timers: create, arm again, cancel; and one ready handle while they are armed
//   fire T                 T timers that are due
//   churn N M              handles that come and go while N are registered
//   wake M POSTS           another thread wakes the loop
//   handle-bytes N, timer-bytes T
#define _GNU_SOURCE
#include "Loop.h"
#include "measure.h"
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

volatile int harness_done;

static int *descriptors, *numbers;
static int handles, ready;
static int is_chain;
static long left, writes;
static long timers_left;

__attribute__((noinline)) static void all_done(void) {
  harness_done = 1;
  loop_stop();
}

__attribute__((noinline)) static void pass_on(int number, int is_read) {
  if (!is_read && !measure_eventfd_read(descriptors[number])) return;
  if (writes > 0) {
    writes--;
    int next = number + ready;
    measure_eventfd_write(descriptors[next < handles ? next : next - handles]);
  }
  if (--left == 0) all_done();
}

void harness_handle(int number) {
  if (is_chain) return pass_on(number, 0);
  if (--left == 0) all_done();
}

void harness_descriptor(int descriptor) {
  if (is_chain) return pass_on(numbers[descriptor], 0);
  if (--left == 0) all_done();
}

void harness_read(int number) {
  if (is_chain) return pass_on(number, 1);
  // It is to stay ready.
  measure_eventfd_write(descriptors[number]);
  if (--left == 0) all_done();
}

void harness_timer(void) {
  if (--timers_left == 0) all_done();
}

static void nothing(void) {}

static void prepare(int count, int timers) {
  handles = count;
  descriptors = calloc((size_t)count + 1, sizeof *descriptors);
  for (int i = 0; i <= count; i++) descriptors[i] = measure_eventfd();
  numbers = calloc((size_t)descriptors[count] + 1, sizeof *numbers);
  for (int i = 0; i <= count; i++) numbers[descriptors[i]] = i;
  loop_init(count + 1, timers);
}

static void add_all(void) {
  for (int i = 0; i < handles; i++) loop_handle_add(i, descriptors[i]);
}

static void run(void) {
  harness_done = 0;
  loop_run();
}

// MARK: dispatch

static void dispatch(const char *kind, int count, int active, long operations) {
  prepare(count, 0);
  ready = active;
  is_chain = !strcmp(kind, "chain");
  loop_inside(add_all);
  char name[64];
  snprintf(name, sizeof name, "%s.N%d.K%d", kind, count, active);
  if (!is_chain) {
    for (int i = 0; i < active; i++) measure_eventfd_write(descriptors[i * (count / active)]);
  }
  for (int round = 0; round < 2; round++) {
    long wanted = round ? operations : operations / 10 > active ? operations / 10 : active;
    left = wanted;
    writes = wanted - active;
    if (is_chain) {
      for (int i = 0; i < active; i++) measure_eventfd_write(descriptors[i]);
    }
    measure_begin();
    run();
    if (round) measure_end(name, wanted);
  }
}

// MARK: timers

static int timers, measured;
static int *chosen, *delays;

static int far_away(void) { return 600000 + (int)(measure_random() % 60000); }

static void choose_delays(void) {
  for (int i = 0; i < timers; i++) delays[i] = far_away();
}

static void named(char *name, const char *what, int number) { sprintf(name, "%s.%d", what, number); }

static void timer_cases(void) {
  char name[64];
  choose_delays();
  named(name, "timer-create", timers);
  measure_begin();
  loop_timers_add(timers, delays);
  measure_end(name, timers);
}

static void timer_arm_cases(void) {
  char name[64];
  choose_delays();
  for (int i = 0; i < measured; i++) chosen[i] = (int)(measure_random() % (unsigned)timers);
  named(name, "timer-rearm", timers);
  measure_begin();
  loop_timers_arm(measured, chosen, delays);
  measure_end(name, measured);
}

static void timer_off_cases(void) {
  char name[64];
  for (int i = 0; i < measured; i++) chosen[i] = i * (timers / measured);
  named(name, "timer-cancel", timers);
  measure_begin();
  loop_timers_off(measured, chosen);
  measure_end(name, measured);
  choose_delays();
  named(name, "timer-arm", timers);
  measure_begin();
  loop_timers_arm(measured, chosen, delays);
  measure_end(name, measured);
}

static void add_first(void) { loop_handle_add(0, descriptors[0]); }

static void timer_case(int count, int some, long events) {
  prepare(1, count);
  timers = count;
  measured = some < count ? some : count;
  chosen = calloc((size_t)measured, sizeof *chosen);
  delays = calloc((size_t)timers, sizeof *delays);
  loop_inside(timer_cases);
  loop_turns(nothing, 1);
  loop_inside(timer_arm_cases);
  loop_turns(nothing, 1);
  loop_inside(add_first);
  measure_eventfd_write(descriptors[0]);
  char name[64];
  named(name, "event-with-timers", count);
  left = events / 10 + 1;
  run();
  left = events;
  measure_begin();
  run();
  measure_end(name, events);
  loop_inside(timer_off_cases);
}

static void add_due_timers(void) {
  for (int i = 0; i < timers; i++) delays[i] = 1 + (int)(measure_random() & 7);
  loop_timers_add(timers, delays);
  measure_pause(20000);
}

static void fire_case(int count) {
  prepare(1, count);
  timers = count;
  timers_left = count;
  delays = calloc((size_t)count, sizeof *delays);
  loop_inside(add_due_timers);
  char name[64];
  named(name, "timer-fire", count);
  measure_begin();
  run();
  measure_end(name, count);
}

// MARK: churn

static long pairs;

static void add_and_remove(void) {
  loop_handle_add(handles, descriptors[handles]);
  loop_handle_remove(handles);
}

static void churn_pairs(void) {
  char name[64];
  named(name, "churn-pair", handles);
  for (long i = 0; i < pairs / 10 + 1; i++) add_and_remove();
  measure_begin();
  for (long i = 0; i < pairs; i++) add_and_remove();
  measure_end(name, pairs);
}

static void interest_pairs(void) {
  char name[64];
  named(name, "interest-off-on", handles);
  measure_begin();
  for (long i = 0; i < pairs; i++) {
    loop_handle_interest(handles / 2, 0);
    loop_handle_interest(handles / 2, 1);
  }
  measure_end(name, pairs);
}

static void replace(void) {
  loop_handle_remove(handles);
  loop_handle_add(handles, descriptors[handles]);
}

static void add_extra(void) { loop_handle_add(handles, descriptors[handles]); }

static void churn_case(int count, long some) {
  prepare(count, 0);
  pairs = some;
  loop_inside(add_all);
  loop_turns(nothing, 1);
  loop_inside(churn_pairs);
  loop_turns(nothing, 2);
  loop_inside(add_extra);
  loop_turns(replace, some / 10 + 1);
  char name[64];
  named(name, "churn-pair-and-turn", handles);
  measure_begin();
  loop_turns(replace, some);
  measure_end(name, some);
  named(name, "empty-turn", handles);
  measure_begin();
  loop_turns(nothing, some);
  measure_end(name, some);
  loop_inside(interest_pairs);
}

// MARK: wake-up

static int answers;
static _Atomic int64_t called_at;
static long posted, last_post;

static void answer(void *unused) {
  (void)unused;
  measure_eventfd_write(answers);
}

static void note_time(void *unused) {
  (void)unused;
  atomic_store(&called_at, measure_now());
}

static void count_post(void *unused) {
  (void)unused;
  if (++posted == last_post) atomic_store(&called_at, measure_now());
}

static void finish(void *unused) {
  (void)unused;
  all_done();
}

static void *loop_thread(void *unused) {
  (void)unused;
  run();
  return NULL;
}

static int compare(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return a < b ? -1 : a > b;
}

static void report_quantiles(const char *what, double *values, long count) {
  char name[64];
  qsort(values, (size_t)count, sizeof *values, compare);
  snprintf(name, sizeof name, "%s.p50", what);
  measure_report(name, values[count / 2]);
  snprintf(name, sizeof name, "%s.p99", what);
  measure_report(name, values[count * 99 / 100]);
}

// The processors that this process may use: the first two, the same one twice where there is no other.
static int processors(int *numbers) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return 0;
  int found = 0;
  for (int number = 0; number < CPU_SETSIZE && found < 2; number++)
    if (CPU_ISSET(number, &allowed)) numbers[found++] = number;
  return found;
}

// Keeps this thread on one processor and all others on another.
static void keep_threads(int mine, int others) {
  DIR *directory = opendir("/proc/self/task");
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    int number = atoi(entry->d_name);
    if (number <= 0) continue;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(number == gettid() ? mine : others, &set);
    sched_setaffinity(number, sizeof set, &set);
  }
  if (directory) closedir(directory);
}

static void round_trips(const char *what, double *values, long count) {
  for (long i = 0; i < count; i++) {
    int64_t start = measure_now();
    loop_post(answer, NULL);
    measure_eventfd_read(answers);
    values[i] = (double)(measure_now() - start);
  }
  report_quantiles(what, values, count);
}

static void wake_case(long count, long posts) {
  prepare(1, 0);
  answers = measure_blocking_eventfd();
  double *values = calloc((size_t)count, sizeof *values);
  loop_inside(add_first);
  pthread_t thread;
  pthread_create(&thread, NULL, loop_thread, NULL);
  // Left to itself the scheduler takes one processor in one run and two in the next, and the second way is many times slower
  // where a processor that sleeps is slow to wake: each way is measured by itself. The rest is between two processors.
  int where[2], found = processors(where);
  loop_post(answer, NULL);
  measure_eventfd_read(answers);
  if (found > 0) keep_threads(where[0], where[0]);
  round_trips("wake-round-trip.one-cpu", values, count);
  if (found > 1) keep_threads(where[0], where[1]);
  if (found > 1) round_trips("wake-round-trip.two-cpus", values, count);
  for (long i = 0; i < count / 5; i++) {
    int64_t until = measure_now() + 100000;
    while (measure_now() < until) {}
    atomic_store(&called_at, 0);
    int64_t start = measure_now(), seen;
    loop_post(note_time, NULL);
    while (!(seen = atomic_load(&called_at))) {}
    values[i] = (double)(seen - start);
  }
  report_quantiles("wake-one-way", values, count / 5);
  last_post = posts;
  atomic_store(&called_at, 0);
  int64_t start = measure_now();
  for (long i = 0; i < posts; i++) loop_post(count_post, NULL);
  double took = (double)(measure_now() - start);
  while (!atomic_load(&called_at)) measure_pause(100);
  measure_report("post", took / (double)posts);
  measure_report("post-and-run", (double)(atomic_load(&called_at) - start) / (double)posts);
  loop_post(finish, NULL);
  pthread_join(thread, NULL);
}

// MARK: bytes

static void add_timers(void) {
  loop_timers_add(timers, delays);
}

static void bytes_case(const char *what, int count, int is_handles) {
  prepare(is_handles ? count : 1, is_handles ? 0 : count);
  timers = is_handles ? 0 : count;
  delays = calloc((size_t)count, sizeof *delays);
  choose_delays();
  loop_turns(nothing, 2);
  long before = measure_heap();
  loop_inside(is_handles ? add_all : add_timers);
  loop_turns(nothing, 2);
  char name[64];
  named(name, what, count);
  measure_report(name, (double)(measure_heap() - before) / count);
}

int harness_main(int count, char **words) {
  const char *what = count > 1 ? words[1] : "";
  long numbers[3] = {0, 0, 0};
  for (int i = 0; i < 3 && i + 2 < count; i++) numbers[i] = atol(words[i + 2]);
  if ((!strcmp(what, "ready") || !strcmp(what, "chain")) && numbers[2] > 0) {
    dispatch(what, (int)numbers[0], (int)numbers[1], numbers[2]);
  } else if (!strcmp(what, "timers") && numbers[2] > 0) {
    timer_case((int)numbers[0], (int)numbers[1], numbers[2]);
  } else if (!strcmp(what, "fire") && numbers[0] > 0) {
    fire_case((int)numbers[0]);
  } else if (!strcmp(what, "churn") && numbers[1] > 0) {
    churn_case((int)numbers[0], numbers[1]);
  } else if (!strcmp(what, "wake") && numbers[1] > 0) {
    wake_case(numbers[0], numbers[1]);
  } else if (!strcmp(what, "handle-bytes") && numbers[0] > 0) {
    bytes_case(what, (int)numbers[0], 1);
  } else if (!strcmp(what, "timer-bytes") && numbers[0] > 0) {
    bytes_case(what, (int)numbers[0], 0);
  } else {
    fprintf(stderr, "unknown case; see harness.c\n");
    return 2;
  }
  return 0;
}
