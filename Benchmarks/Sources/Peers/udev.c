// SPDX-License-Identifier: Apache-2.0
// libudev alone: receives devices and reads their properties, as whoever wants to know more than that something happened.
//
//   udev kernel|udev EVENTS COMMAND    COMMAND makes the events, and is begun when the monitor listens
#include "measure.h"
#include <libudev.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t seen;

static int take(struct udev_monitor *monitor) {
  struct udev_device *device = udev_monitor_receive_device(monitor);
  if (!device) return 0;
  struct udev_list_entry *entry = udev_device_get_properties_list_entry(device);
  for (; entry; entry = udev_list_entry_get_next(entry)) {
    const char *name = udev_list_entry_get_name(entry), *value = udev_list_entry_get_value(entry);
    seen += strlen(name) + (value ? strlen(value) : 0);
  }
  udev_device_unref(device);
  return 1;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  long wanted = atol(words[2]), warm_up = wanted / 10 + 1, taken = 0;
  struct udev *udev = udev_new();
  struct udev_monitor *monitor = udev ? udev_monitor_new_from_netlink(udev, words[1]) : NULL;
  if (!monitor || udev_monitor_enable_receiving(monitor) < 0) {
    perror("udev");
    return 1;
  }
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", words[3], NULL);
    _exit(127);
  }
  struct pollfd ready = {.fd = udev_monitor_get_fd(monitor), .events = POLLIN};
  while (taken < warm_up + wanted) {
    if (poll(&ready, 1, 30000) <= 0) {
      fprintf(stderr, "udev: %ld events only\n", taken);
      return 1;
    }
    while (taken < warm_up + wanted && take(monitor)) {
      if (++taken == warm_up) measure_begin();
    }
  }
  measure_end("udev", wanted);
  return seen > 0 ? 0 : 1;
}
