// SPDX-License-Identifier: Apache-2.0
// A measured stretch, eventfds, memory, random numbers.
//
// Under callgrind a stretch becomes a profile of its own, named `case=operations`; in any run it is a line
// `case nanoseconds-per-operation` on standard output.
#pragma once
#include <stdint.h>

// Begins a stretch: counts and time start from nothing.
void measure_begin(void);
// Ends the stretch that was begun last.
void measure_end(const char *name, long operations);
// Prints a figure that is not a time per operation.
void measure_report(const char *name, double value);

// CLOCK_MONOTONIC in nanoseconds.
int64_t measure_now(void);
// Bytes that malloc has given out.
long measure_heap(void);
void measure_pause(unsigned microseconds);

// An eventfd; the limit of open files is raised first. Ends the program when there is none.
int measure_eventfd(void);
int measure_blocking_eventfd(void);
void measure_eventfd_write(int descriptor);
// Whether there was something to read.
int measure_eventfd_read(int descriptor);

// The same numbers in every run: xorshift.
uint32_t measure_random(void);
