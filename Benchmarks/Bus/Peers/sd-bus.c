// SPDX-License-Identifier: Apache-2.0
// sd-bus, with a table of properties.
#include <errno.h>
#include <stddef.h>
#include <systemd/sd-bus.h>

#include "peer.h"

static sd_bus *bus;

static struct {
  const char *name, *uuid, *state, *type;
  int active, persistent, autostart;
  uint32_t id, processors;
  uint64_t memory, time;
  double load;
} machine = {VM, UUID, "running", "hvm", 1, 1, 1, 4, 4, 4194304, 4194304, 12.5};

int peer_connect(void) { return sd_bus_open_user(&bus) >= 0; }

void peer_emit(uint64_t number) {
  int result;
  while ((result = sd_bus_emit_signal(
              bus, PATH, INTERFACE, "Event", "tsssa{sv}", number, VM, UUID, NAME, 4, "device", "s", DEVICE, "len", "t",
              (uint64_t)LENGTH, "offset", "t", (uint64_t)LENGTH, "type", "s", "commit")) == -ENOBUFS) {
    sd_bus_flush(bus);
  }
  if (result < 0) exit(1);
}

void peer_flush(void) { sd_bus_flush(bus); }

static int ping(sd_bus_message *message, void *unused, sd_bus_error *error) {
  (void)unused;
  (void)error;
  peer_called();
  return sd_bus_reply_method_return(message, "");
}

static int note(sd_bus_message *message, void *unused, sd_bus_error *error) {
  (void)unused;
  (void)error;
  if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "GetAll")) peer_called();
  return 0;
}

#define PROPERTY(name, type, field) \
  SD_BUS_PROPERTY(name, type, NULL, (size_t)((char *)&machine.field - (char *)&machine), 0)

void peer_serve(void) {
  const sd_bus_vtable table[] = {
      SD_BUS_VTABLE_START(0),
      SD_BUS_METHOD("Ping", "", "", ping, SD_BUS_VTABLE_UNPRIVILEGED),
      PROPERTY("Name", "s", name),
      PROPERTY("UUID", "s", uuid),
      PROPERTY("State", "s", state),
      PROPERTY("OSType", "s", type),
      PROPERTY("Active", "b", active),
      PROPERTY("Persistent", "b", persistent),
      PROPERTY("Autostart", "b", autostart),
      PROPERTY("Id", "u", id),
      PROPERTY("MaxVcpus", "u", processors),
      PROPERTY("MaxMemory", "t", memory),
      PROPERTY("CpuTime", "t", time),
      PROPERTY("Load", "d", load),
      SD_BUS_VTABLE_END,
  };
  sd_bus_add_filter(bus, NULL, note, NULL);
  sd_bus_add_object_vtable(bus, NULL, PATH, SERVICE, table, &machine);
  sd_bus_request_name(bus, SERVICE, 0);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int result = sd_bus_process(bus, NULL);
    if (result < 0) exit(1);
    if (result == 0) sd_bus_wait(bus, UINT64_MAX);
  }
}
