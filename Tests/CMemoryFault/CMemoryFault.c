// SPDX-License-Identifier: Apache-2.0
// libdbus can be built so that it fails on demand, and distributions do not build it so. A test program's own `malloc`
// comes before the C library's for every shared library, and the address that it returns to says who asks.
//
// One place is left out: the memory pools. libdbus 1.14 notes a pool's next block as twice as large before it has it, and
// keeps that note when it does not get it; the pool then writes past its old block. That is a defect of libdbus which
// nothing outside of it can mend, and its own fault tests leave the pools out, too.
#define _GNU_SOURCE
#include "CMemoryFault.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#if HAS_SANITIZER

int memory_fault_arm(long skipped, long failing) { return 0; }
long memory_fault_disarm(void) { return 0; }

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static _Thread_local int is_armed;
static _Thread_local long left_to_skip;
static _Thread_local long left_to_fail;
static _Thread_local long failed;
static uintptr_t text_start;
static uintptr_t text_end;
static uintptr_t pool_start;
static uintptr_t pool_end;

static int find_libdbus(struct dl_phdr_info *info, size_t size, void *data) {
  if (info->dlpi_name == NULL || strstr(info->dlpi_name, "libdbus-1.so") == NULL) return 0;
  for (int index = 0; index < info->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    text_start = info->dlpi_addr + segment->p_vaddr;
    text_end = text_start + segment->p_memsz;
  }
  return 1;
}

static void find_pool(void) {
  void *function = dlsym(RTLD_DEFAULT, "_dbus_mem_pool_alloc");
  Dl_info info;
  ElfW(Sym) *symbol = NULL;
  if (function == NULL || dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL) return;
  pool_start = (uintptr_t)function;
  pool_end = pool_start + symbol->st_size;
}

int memory_fault_arm(long skipped, long failing) {
  if (text_start == 0) dl_iterate_phdr(find_libdbus, NULL);
  if (pool_start == 0) find_pool();
  if (text_start == 0 || pool_start == 0) return 0;
  left_to_skip = skipped;
  left_to_fail = failing;
  failed = 0;
  is_armed = 1;
  return 1;
}

long memory_fault_disarm(void) {
  is_armed = 0;
  return failed;
}

static int must_fail(void *caller) {
  if (!is_armed || left_to_fail == 0) return 0;
  if ((uintptr_t)caller < text_start || (uintptr_t)caller >= text_end) return 0;
  if ((uintptr_t)caller >= pool_start && (uintptr_t)caller < pool_end) return 0;
  if (left_to_skip > 0) {
    left_to_skip--;
    return 0;
  }
  left_to_fail--;
  failed++;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) { return must_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
  return must_fail(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  return must_fail(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}

#endif
