// SPDX-License-Identifier: Apache-2.0
// The kernel interfaces that the Glibc overlay leaves out.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include "SocketPeer.h"

/// setns(2), which the C library declares only to programs that ask for all of its extensions.
int setns(int descriptor, int kind);
