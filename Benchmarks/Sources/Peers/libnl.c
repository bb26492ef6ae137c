// SPDX-License-Identifier: Apache-2.0
// libnl alone: receives what the kernel tells of links, makes an object of each message, and reads from it.
//
//   libnl MESSAGES COMMAND    COMMAND makes the changes, and is begun when the socket listens
#include "measure.h"
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long wanted, warm_up, taken;
static size_t seen;

static void read_link(struct nl_object *object, void *unused) {
  (void)unused;
  struct rtnl_link *link = (struct rtnl_link *)object;
  const char *name = rtnl_link_get_name(link);
  seen += (name ? strlen(name) : 0) + rtnl_link_get_mtu(link) + rtnl_link_get_flags(link) + rtnl_link_get_operstate(link);
}

static int take(struct nl_msg *message, void *unused) {
  (void)unused;
  nl_msg_parse(message, read_link, NULL);
  if (++taken == warm_up) measure_begin();
  if (taken == warm_up + wanted) {
    measure_end("rtnetlink", wanted);
    exit(seen > 0 ? 0 : 1);
  }
  return NL_OK;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  wanted = atol(words[1]);
  warm_up = wanted / 10 + 1;
  struct nl_sock *sock = nl_socket_alloc();
  if (!sock || nl_connect(sock, NETLINK_ROUTE) < 0 || nl_socket_add_membership(sock, RTNLGRP_LINK) < 0) return 1;
  nl_socket_disable_seq_check(sock);
  nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, take, NULL);
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", words[2], NULL);
    _exit(127);
  }
  alarm(600);
  while (nl_recvmsgs_default(sock) >= 0) {}
  return 1;
}
