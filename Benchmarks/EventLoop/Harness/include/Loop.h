// SPDX-License-Identifier: Apache-2.0
// What an event loop has to offer to be measured, and what the harness offers to it.
//
// Each program is the harness and one loop. Handles and timers are numbered from 0 by the harness. Except for
// `loop_init` and `loop_post`, everything is called where the loop wants to be called: inside it (see `loop_inside`).
#pragma once

// Gets ready for so many handles and timers.
void loop_init(int handles, int timers);

// A handle that waits for its descriptor to become readable, and calls `harness_handle` with its number or
// `harness_descriptor` with its descriptor; or `harness_read` with its number, when the loop itself has read from it.
void loop_handle_add(int number, int descriptor);
void loop_handle_interest(int number, int on);
void loop_handle_remove(int number);

// Timers that call `harness_timer` once after so many milliseconds. The loops over them are the adapter's, so that nothing but
// the operation itself is measured.
void loop_timers_add(int count, const int *milliseconds);
void loop_timers_arm(int count, const int *numbers, const int *milliseconds);
void loop_timers_off(int count, const int *numbers);

// Runs until `harness_done` is set; `loop_stop` is called on the loop when that happens.
void loop_run(void);
void loop_stop(void);

// Calls a step, and then makes one turn that does not wait; so many times.
void loop_turns(void (*step)(void), long count);

// Calls something once where the functions above may be called.
void loop_inside(void (*body)(void));

// Has a function called on the loop; from any thread.
void loop_post(void (*function)(void *), void *argument);

// The harness's side.
extern volatile int harness_done;
void harness_handle(int number);
void harness_descriptor(int descriptor);
void harness_read(int number);
void harness_timer(void);
int harness_main(int count, char **words);
