// SPDX-License-Identifier: Apache-2.0
// libdbus, as its manual has it: messages made with iterators.
#include <dbus/dbus.h>

#include "peer.h"

static DBusConnection *connection;

int peer_connect(void) {
  connection = dbus_bus_get_private(DBUS_BUS_SESSION, NULL);
  return connection != NULL;
}

static void entry(DBusMessageIter *array, const char *key, int type, const void *value) {
  DBusMessageIter pair, variant;
  char signature[2] = {(char)type, 0};
  dbus_message_iter_open_container(array, DBUS_TYPE_DICT_ENTRY, NULL, &pair);
  dbus_message_iter_append_basic(&pair, DBUS_TYPE_STRING, &key);
  dbus_message_iter_open_container(&pair, DBUS_TYPE_VARIANT, signature, &variant);
  dbus_message_iter_append_basic(&variant, type, value);
  dbus_message_iter_close_container(&pair, &variant);
  dbus_message_iter_close_container(array, &pair);
}

static void text(DBusMessageIter *iterator, const char *text) {
  dbus_message_iter_append_basic(iterator, DBUS_TYPE_STRING, &text);
}

static void text_entry(DBusMessageIter *array, const char *key, const char *value) { entry(array, key, 's', &value); }

static void number_entry(DBusMessageIter *array, const char *key, dbus_uint64_t value) { entry(array, key, 't', &value); }

void peer_emit(uint64_t number) {
  DBusMessage *message = dbus_message_new_signal(PATH, INTERFACE, "Event");
  DBusMessageIter body, array;
  dbus_uint64_t sequence = number;
  dbus_message_iter_init_append(message, &body);
  dbus_message_iter_append_basic(&body, DBUS_TYPE_UINT64, &sequence);
  text(&body, VM);
  text(&body, UUID);
  text(&body, NAME);
  dbus_message_iter_open_container(&body, DBUS_TYPE_ARRAY, "{sv}", &array);
  text_entry(&array, "device", DEVICE);
  number_entry(&array, "len", LENGTH);
  number_entry(&array, "offset", LENGTH);
  text_entry(&array, "type", "commit");
  dbus_message_iter_close_container(&body, &array);
  dbus_connection_send(connection, message, NULL);
  dbus_message_unref(message);
}

void peer_flush(void) { dbus_connection_flush(connection); }

static void properties(DBusMessage *reply) {
  DBusMessageIter body, array;
  dbus_bool_t yes = 1;
  dbus_uint32_t four = 4;
  double load = 12.5;
  dbus_message_iter_init_append(reply, &body);
  dbus_message_iter_open_container(&body, DBUS_TYPE_ARRAY, "{sv}", &array);
  text_entry(&array, "Name", VM);
  text_entry(&array, "UUID", UUID);
  text_entry(&array, "State", "running");
  text_entry(&array, "OSType", "hvm");
  entry(&array, "Active", 'b', &yes);
  entry(&array, "Persistent", 'b', &yes);
  entry(&array, "Autostart", 'b', &yes);
  entry(&array, "Id", 'u', &four);
  entry(&array, "MaxVcpus", 'u', &four);
  number_entry(&array, "MaxMemory", 4194304);
  number_entry(&array, "CpuTime", 4194304);
  entry(&array, "Load", 'd', &load);
  dbus_message_iter_close_container(&body, &array);
}

static DBusHandlerResult handle(DBusConnection *unused, DBusMessage *message, void *data) {
  (void)unused;
  (void)data;
  DBusMessage *reply;
  if (dbus_message_is_method_call(message, SERVICE, "Ping")) {
    peer_called();
    reply = dbus_message_new_method_return(message);
  } else if (dbus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "GetAll")) {
    const char *interface;
    peer_called();
    dbus_message_get_args(message, NULL, DBUS_TYPE_STRING, &interface, DBUS_TYPE_INVALID);
    reply = dbus_message_new_method_return(message);
    properties(reply);
  } else {
    return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
  }
  dbus_connection_send(connection, reply, NULL);
  dbus_message_unref(reply);
  return DBUS_HANDLER_RESULT_HANDLED;
}

void peer_serve(void) {
  DBusObjectPathVTable table = {.message_function = handle};
  dbus_connection_register_object_path(connection, PATH, &table, NULL);
  dbus_bus_request_name(connection, SERVICE, 0, NULL);
  puts("ready");
  fflush(stdout);
  while (dbus_connection_read_write_dispatch(connection, -1)) {}
}
