// SPDX-License-Identifier: Apache-2.0
#include "peer.h"
#include "Loop.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct post *rows[2];
static size_t count, capacity[2];
static int current;

int peer_push(void (*function)(void *), void *argument) {
  pthread_mutex_lock(&lock);
  if (count == capacity[current]) {
    capacity[current] = capacity[current] ? capacity[current] * 2 : 256;
    rows[current] = realloc(rows[current], capacity[current] * sizeof *rows[current]);
  }
  rows[current][count] = (struct post){function, argument};
  int was_empty = count++ == 0;
  pthread_mutex_unlock(&lock);
  return was_empty;
}

void peer_drain(void) {
  pthread_mutex_lock(&lock);
  struct post *row = rows[current];
  size_t full = count;
  current ^= 1;
  count = 0;
  pthread_mutex_unlock(&lock);
  for (size_t i = 0; i < full; i++) row[i].function(row[i].argument);
}

_Noreturn void peer_fail(const char *what) {
  perror(what);
  exit(1);
}

int main(int count, char **words) { return harness_main(count, words); }
