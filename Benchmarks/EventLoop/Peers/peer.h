// SPDX-License-Identifier: Apache-2.0
// What the peers' adapters share: a queue of posts, since most loops offer no more than a way to be woken.
#pragma once
#include <stddef.h>

struct post {
  void (*function)(void *);
  void *argument;
};

// Adds to the queue; true when it was empty, so that the loop has to be woken.
int peer_push(void (*function)(void *), void *argument);
// Calls what is in the queue.
void peer_drain(void);
// Ends the program.
_Noreturn void peer_fail(const char *what);
