// SPDX-License-Identifier: Apache-2.0
// What each program of this suite does, on the bus of DBUS_SESSION_BUS_ADDRESS.
//
//   PROGRAM emit COUNT              signals of 5 arguments, the last one with 4 entries
//   PROGRAM serve ping|getall COUNT answers calls, and ends after the last
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define PATH "/org/bench/E"
#define INTERFACE "org.bench.Events"
#define SERVICE "org.bench.Srv"
#define VM "vm-00042"
#define UUID "6f2c1f0e-7d53-4f0d-9e0b-0f1b5a2b7a11"
#define NAME "BLOCK_JOB_COMPLETED"
#define DEVICE "drive-virtio-disk0"
#define LENGTH 10737418240ull

enum { WARM_UP = 50, IN_A_ROW = 100 };

// Each program's own.
void peer_emit(uint64_t number);
void peer_flush(void);
void peer_serve(void);
int peer_connect(void);

static const char *what;
static long wanted, calls;

// Called as a call comes in; the stretch is from one call's coming to that of the last.
static inline void peer_called(void) {
  calls++;
  if (calls == WARM_UP) measure_begin();
  if (calls != WARM_UP + wanted) return;
  measure_end(what, wanted);
  exit(0);
}

int main(int count, char **words) {
  if (count < 3 || !peer_connect()) return 2;
  if (!strcmp(words[1], "emit")) {
    wanted = atol(words[2]);
    for (int i = 0; i < WARM_UP; i++) peer_emit(0);
    peer_flush();
    measure_begin();
    for (long i = 0; i < wanted; i++) {
      peer_emit((uint64_t)i);
      if (i % IN_A_ROW == IN_A_ROW - 1) peer_flush();
    }
    peer_flush();
    measure_end("emit", wanted);
    return 0;
  }
  what = words[2];
  wanted = count > 3 ? atol(words[3]) : 0;
  peer_serve();
  return 0;
}
