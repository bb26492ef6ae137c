// SPDX-License-Identifier: Apache-2.0
// A subscriber on a bus: prints when each signal that a rule matches arrives. The same program listens to both stacks.
//
//   subscriber ADDRESS RULE MEMBER
//
// One line a signal: microseconds of CLOCK_REALTIME, then the arguments that are texts, paths or numbers. "ready" is the
// first line, printed when the bus has confirmed the rule.
#include <dbus/dbus.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *member;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static DBusHandlerResult heard(DBusConnection *connection, DBusMessage *message, void *data) {
  (void)connection;
  (void)data;
  int64_t moment = now();
  const char *name = dbus_message_get_member(message);
  if (dbus_message_get_type(message) != DBUS_MESSAGE_TYPE_SIGNAL || !name || strcmp(name, member))
    return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
  printf("%" PRId64, moment);
  DBusMessageIter argument;
  if (dbus_message_iter_init(message, &argument)) {
    do {
      DBusBasicValue value;
      switch (dbus_message_iter_get_arg_type(&argument)) {
      case DBUS_TYPE_STRING:
      case DBUS_TYPE_OBJECT_PATH:
        dbus_message_iter_get_basic(&argument, &value);
        printf(" %s", value.str);
        break;
      case DBUS_TYPE_INT32:
        dbus_message_iter_get_basic(&argument, &value);
        printf(" %d", value.i32);
        break;
      case DBUS_TYPE_UINT64:
        dbus_message_iter_get_basic(&argument, &value);
        printf(" %" PRIu64, (uint64_t)value.u64);
        break;
      default: break;
      }
    } while (dbus_message_iter_next(&argument));
  }
  printf("\n");
  fflush(stdout);
  return DBUS_HANDLER_RESULT_HANDLED;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  member = arguments[3];
  DBusError error = DBUS_ERROR_INIT;
  DBusConnection *connection = dbus_connection_open_private(arguments[1], &error);
  if (!connection || !dbus_bus_register(connection, &error)) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  dbus_connection_add_filter(connection, heard, NULL, NULL);
  dbus_bus_add_match(connection, arguments[2], &error);
  if (dbus_error_is_set(&error)) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  printf("ready\n");
  fflush(stdout);
  while (dbus_connection_read_write_dispatch(connection, -1)) {}
  return 0;
}
