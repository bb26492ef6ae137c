// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a socket, and how that process ended; what glibc shows only to GNU sources, or not at all.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

/// Takes the next client of a listening socket, closed on exec and not blocking; accept4(2).
static inline int linux_accept(int listener) {
  int accept4(int, struct sockaddr *, socklen_t *, int);
  return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/// SO_PEERCRED of unix(7): -1 on failure.
static inline int linux_peer(int socket, int32_t *process, uint32_t *user) {
  struct {
    int32_t process;
    uint32_t user, group;
  } peer;
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
  *process = peer.process;
  *user = peer.user;
  return 0;
}

/// A pidfd of the process that a socket's other end belonged to when it was connected; SO_PEERPIDFD, Linux 6.5. -1 on failure.
static inline int linux_peer_pidfd(int socket) {
  int descriptor = -1;
  socklen_t size = sizeof descriptor;
  if (getsockopt(socket, SOL_SOCKET, 77, &descriptor, &size) < 0) return -1;
  return descriptor;
}

/// The wait status of the process behind a pidfd; ioctl PIDFD_GET_INFO with PIDFD_INFO_EXIT, Linux 6.15.
///
/// Returns 0 and sets `status`, or an error number: EAGAIN while the process has not been reaped, another one where the
/// kernel cannot tell.
static inline int linux_pidfd_exit_status(int pidfd, int *status) {
  // The first version of struct pidfd_info.
  struct {
    uint64_t mask, cgroup;
    uint32_t process, thread_group, parent, users_and_groups[8];
    int32_t exit_status;
  } info = {.mask = 1u << 3};
  if (ioctl(pidfd, _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, sizeof info), &info) < 0) return errno;
  if (!(info.mask & 1u << 3)) return EAGAIN;
  *status = info.exit_status;
  return 0;
}
