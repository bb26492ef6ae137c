// SPDX-License-Identifier: Apache-2.0
// Many subscribers on a bus, each with a connection of its own: when does each get what?
//
//   subscribers ADDRESS rule|subscription COUNT EVENTS
//
// `rule` is a match rule for the signal Event; `subscription` is the hub's own, by Subscribe. "ready" is printed when all are
// there, then a line an event of each subscriber, when all have come: its number among those of its subscriber, and the moment of
// its arrival in microseconds of CLOCK_REALTIME. Messages are read only while nothing comes.
#include <dbus/dbus.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define HUB "org.vireo.Hub1"
#define PATH "/org/vireo/Hub1"
#define BUFFER 1048576
#define MANAGER "org.vireo.Hub1.Manager"
#define RULE "type='signal',interface='" MANAGER "',member='Event',arg0namespace='vm.state'"

struct subscriber {
  unsigned char *bytes;
  size_t held;
  long events;
};

// What came and was not read yet.
struct arrival {
  struct arrival *next;
  size_t subscriber, length;
  int64_t moment;
  char bytes[];
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

_Noreturn static void fail(const char *what) {
  fprintf(stderr, "subscribers: %s\n", what);
  exit(1);
}

static void check(dbus_bool_t is_right, DBusError *error) {
  if (!is_right || dbus_error_is_set(error)) fail(error->message ? error->message : "failed");
}

static void subscribe(DBusConnection *bus, int is_rule) {
  DBusError error = DBUS_ERROR_INIT;
  if (is_rule) {
    dbus_bus_add_match(bus, RULE, &error);
    return check(TRUE, &error);
  }
  DBusMessage *call = dbus_message_new_method_call(HUB, PATH, MANAGER, "Subscribe");
  const char *kinds[] = {"vm.state.*"}, **kind = kinds, **none = NULL;
  dbus_uint64_t after = 0;
  dbus_uint32_t credit = 0;
  dbus_message_append_args(
      call, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &kind, 1, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &none, 0, DBUS_TYPE_UINT64, &after,
      DBUS_TYPE_UINT32, &credit, DBUS_TYPE_INVALID);
  DBusMessageIter arguments, options, entry, value;
  const char *name = "from", *from = "now";
  dbus_message_iter_init_append(call, &arguments);
  dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "{sv}", &options);
  dbus_message_iter_open_container(&options, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
  dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name);
  dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "s", &value);
  dbus_message_iter_append_basic(&value, DBUS_TYPE_STRING, &from);
  dbus_message_iter_close_container(&entry, &value);
  dbus_message_iter_close_container(&options, &entry);
  dbus_message_iter_close_container(&arguments, &options);
  DBusMessage *reply = dbus_connection_send_with_reply_and_block(bus, call, 30000, &error);
  check(reply != NULL, &error);
  dbus_message_unref(reply);
  dbus_message_unref(call);
}

// The length of the message that begins there; of this machine's byte order, as all that a bus of this machine sends.
static size_t length(const struct subscriber *one) {
  uint32_t body, fields;
  if (one->held < 16) return SIZE_MAX;
  memcpy(&body, one->bytes + 4, 4);
  memcpy(&fields, one->bytes + 12, 4);
  return 16 + (size_t)(fields + 7) / 8 * 8 + body;
}

// Takes what is there to read, with the moment; where the row of arrivals ends afterwards.
static struct arrival **take(struct subscriber *one, size_t number, int descriptor, struct arrival **end) {
  ssize_t got = read(descriptor, one->bytes + one->held, BUFFER - one->held);
  if (got <= 0) fail("the bus hung up");
  int64_t moment = now();
  one->held += (size_t)got;
  for (size_t whole; (whole = length(one)) <= one->held; one->held -= whole) {
    struct arrival *arrival = malloc(sizeof *arrival + whole);
    *arrival = (struct arrival){.subscriber = number, .length = whole, .moment = moment};
    memcpy(arrival->bytes, one->bytes, whole);
    memmove(one->bytes, one->bytes + whole, one->held - whole);
    *end = arrival;
    end = &arrival->next;
  }
  return end;
}

// How many events a message has.
static long count_events(const struct arrival *arrival) {
  DBusMessage *message = dbus_message_demarshal(arrival->bytes, (int)arrival->length, NULL);
  if (!message) fail("a broken message");
  long found = 0;
  DBusMessageIter arguments;
  if (dbus_message_is_signal(message, MANAGER, "Event")) {
    found = 1;
  } else if (dbus_message_is_signal(message, HUB ".Subscription", "Events") && dbus_message_iter_init(message, &arguments)) {
    dbus_message_iter_next(&arguments);
    found = dbus_message_iter_get_element_count(&arguments);
  }
  dbus_message_unref(message);
  return found;
}

int main(int count, char **words) {
  if (count != 5) return 2;
  int is_rule = !strcmp(words[2], "rule");
  size_t number = (size_t)atol(words[3]);
  long events = atol(words[4]);
  struct rlimit limit = {4096, 4096};
  setrlimit(RLIMIT_NOFILE, &limit);
  struct subscriber *all = calloc(number, sizeof *all);
  struct pollfd *ready = calloc(number, sizeof *ready);
  int64_t *moments = calloc(number * (size_t)events, sizeof *moments);
  for (size_t i = 0; i < number; i++) {
    all[i].bytes = malloc(BUFFER);
    DBusError error = DBUS_ERROR_INIT;
    DBusConnection *bus = dbus_connection_open_private(words[1], &error);
    check(bus && dbus_bus_register(bus, &error), &error);
    subscribe(bus, is_rule);
    ready[i].events = POLLIN;
    dbus_connection_get_unix_fd(bus, &ready[i].fd);
  }
  printf("ready\n");
  fflush(stdout);
  long missing = (long)number * events;
  struct arrival *first = NULL, **end = &first;
  while (missing > 0) {
    int some = poll(ready, number, first ? 0 : 30000);
    if (some < 0 || (some == 0 && !first)) fail("events did not come");
    for (size_t i = 0; some > 0 && i < number; i++) {
      if (ready[i].revents) end = take(&all[i], i, ready[i].fd, end);
    }
    while (some == 0 && first) {
      struct arrival *arrival = first;
      struct subscriber *one = &all[arrival->subscriber];
      for (long left = count_events(arrival); left > 0; left--, missing--) {
        if (one->events == events) fail("more events than there were");
        moments[(size_t)one->events++ * number + arrival->subscriber] = arrival->moment;
      }
      first = arrival->next;
      if (!first) end = &first;
      free(arrival);
    }
  }
  for (size_t i = 0; i < number * (size_t)events; i++) printf("%zu %" PRId64 "\n", i / number, moments[i]);
  return 0;
}
