// SPDX-License-Identifier: Apache-2.0
// libdbus, and what of it Swift cannot import: macros with casts, and a recursion over its iterators.
#pragma once
#include <dbus/dbus.h>
#include <unistd.h>

static const int bridge_type_unix_fd = DBUS_TYPE_UNIX_FD;
static const int bridge_type_variant = DBUS_TYPE_VARIANT;
static const int bridge_type_array = DBUS_TYPE_ARRAY;
static const int bridge_type_struct = DBUS_TYPE_STRUCT;
static const int bridge_type_dict_entry = DBUS_TYPE_DICT_ENTRY;

// Duplicates the descriptors below an iterator into `fds`, in the order in which the values stand; `count` says how many.
// False if there are more than `capacity`, or one cannot be duplicated. The caller owns what was duplicated either way.
static inline dbus_bool_t bridge_collect_fds(DBusMessageIter *iter, int *fds, int *count, int capacity) {
  for (int type; (type = dbus_message_iter_get_arg_type(iter)) != DBUS_TYPE_INVALID; dbus_message_iter_next(iter)) {
    if (type == DBUS_TYPE_UNIX_FD) {
      if (*count == capacity) return FALSE;
      dbus_message_iter_get_basic(iter, &fds[*count]);
      if (fds[*count] < 0) return FALSE;
      ++*count;
    } else if (dbus_type_is_container(type)) {
      if (type == DBUS_TYPE_ARRAY) {
        int element = dbus_message_iter_get_element_type(iter);
        if (element != DBUS_TYPE_UNIX_FD && !dbus_type_is_container(element)) continue;
      }
      DBusMessageIter inside;
      dbus_message_iter_recurse(iter, &inside);
      if (!bridge_collect_fds(&inside, fds, count, capacity)) return FALSE;
    }
  }
  return TRUE;
}
