// SPDX-License-Identifier: Apache-2.0
// Calls a server of this suite, one call after the other, and prints the times of the round trips: `client ping|getall CALLS`.
#include <dbus/dbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static int compare(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return a < b ? -1 : a > b;
}

int main(int count, char **words) {
  if (count < 3) return 2;
  int is_properties = !strcmp(words[1], "getall");
  long wanted = atol(words[2]), made = 0;
  int64_t *times = calloc((size_t)wanted, sizeof *times);
  const char *service = "org.bench.Srv";
  DBusConnection *connection = dbus_bus_get_private(DBUS_BUS_SESSION, NULL);
  if (!connection || !times) return 1;
  while (made < wanted) {
    int64_t start = measure_now();
    DBusMessage *call = dbus_message_new_method_call(
        service, "/org/bench/E", is_properties ? "org.freedesktop.DBus.Properties" : service, is_properties ? "GetAll" : "Ping");
    if (is_properties) dbus_message_append_args(call, DBUS_TYPE_STRING, &service, DBUS_TYPE_INVALID);
    DBusMessage *reply = dbus_connection_send_with_reply_and_block(connection, call, 60000, NULL);
    dbus_message_unref(call);
    // The server ends with the last call.
    if (!reply) break;
    dbus_message_unref(reply);
    times[made++] = measure_now() - start;
  }
  if (made < wanted - 1) return 1;
  qsort(times, (size_t)made, sizeof *times, compare);
  printf("p50 %.2f\np99 %.2f\n", (double)times[made / 2] / 1000, (double)times[made * 99 / 100] / 1000);
  return 0;
}
