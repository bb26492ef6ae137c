// SPDX-License-Identifier: Apache-2.0
// What the bus takes for the same question: connect, ask ListVMs or another list, and say how long each took, in microseconds,
// and how long the list is.
//
//   call ADDRESS [METHOD]
#include <dbus/dbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void check(dbus_bool_t is_right, const char *what, DBusError *error) {
  if (is_right) return;
  fprintf(stderr, "call: %s: %s\n", what, error && error->message ? error->message : "failed");
  exit(1);
}

int main(int count, char **arguments) {
  DBusError error = DBUS_ERROR_INIT;
  check(count == 2 || count == 3, "usage: call ADDRESS [METHOD]", NULL);
  const char *method = count == 3 ? arguments[2] : "ListVMs";
  double begin = now();
  DBusConnection *bus = dbus_connection_open_private(arguments[1], &error);
  check(bus != NULL, "connect", &error);
  check(dbus_bus_register(bus, &error), "register", &error);
  double connected = now();
  DBusMessage *call = dbus_message_new_method_call(
      "org.vireo.Hub1", "/org/vireo/Hub1", "org.vireo.Hub1.Manager", method);
  DBusMessage *reply = dbus_connection_send_with_reply_and_block(bus, call, 30000, &error);
  check(reply != NULL, method, &error);
  double answered = now();
  DBusMessageIter list, element;
  int length = 0;
  check(dbus_message_iter_init(reply, &list), "an empty answer", NULL);
  dbus_message_iter_recurse(&list, &element);
  while (dbus_message_iter_get_arg_type(&element) != DBUS_TYPE_INVALID) {
    length++;
    dbus_message_iter_next(&element);
  }
  printf("%.1f %.1f %d\n", connected - begin, answered - connected, length);
  return 0;
}
