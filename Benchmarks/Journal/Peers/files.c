// SPDX-License-Identifier: Apache-2.0
// What a journal could cost at least: `files sqlite|pwrite DIRECTORY BATCH ROWS`.
//
// sqlite: one table, WAL, synchronous FULL, rows of about 300 bytes, cached statements. pwrite: 300 bytes a row into a file that was
// written before, and fdatasync.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

enum { ROW = 300, ROOM = 64 << 20 };

static int compare(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return a < b ? -1 : a > b;
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static sqlite3 *database;
static sqlite3_stmt *begin, *insert, *commit;

static void execute(const char *text) {
  if (sqlite3_exec(database, text, NULL, NULL, NULL) != SQLITE_OK) fail(sqlite3_errmsg(database));
}

static void open_sqlite(const char *directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/bare.db", directory);
  if (sqlite3_open(path, &database) != SQLITE_OK) fail("no database");
  execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  execute("CREATE TABLE events (sequence INTEGER PRIMARY KEY, recorded INTEGER, kind INTEGER, subject INTEGER, body BLOB)");
  sqlite3_prepare_v2(database, "BEGIN IMMEDIATE", -1, &begin, NULL);
  sqlite3_prepare_v2(database, "INSERT INTO events VALUES (?, ?, ?, ?, ?)", -1, &insert, NULL);
  sqlite3_prepare_v2(database, "COMMIT", -1, &commit, NULL);
}

static void step(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(database));
  sqlite3_reset(statement);
}

static void write_sqlite(long first, long count) {
  static char body[ROW - 24];
  step(begin);
  for (long row = first; row < first + count; row++) {
    sqlite3_bind_int64(insert, 1, row + 1);
    sqlite3_bind_int64(insert, 2, 1795305600000000 + row);
    sqlite3_bind_int64(insert, 3, row % 20);
    sqlite3_bind_int64(insert, 4, 0x1234567890ab + row % 20);
    sqlite3_bind_blob(insert, 5, body, sizeof body, SQLITE_STATIC);
    step(insert);
  }
  step(commit);
}

static int file;
static char *block;

static void open_file(const char *directory, long batch) {
  char path[4096];
  snprintf(path, sizeof path, "%s/bare.log", directory);
  file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  char *zeros = calloc(1, 1 << 20);
  block = calloc((size_t)batch, ROW);
  if (file < 0 || !zeros || !block) fail(path);
  for (int i = 0; i < ROOM >> 20; i++) {
    if (pwrite(file, zeros, 1 << 20, (off_t)i << 20) != 1 << 20) fail(path);
  }
  fsync(file);
}

static void write_file(long first, long count) {
  size_t bytes = (size_t)count * ROW;
  off_t offset = (off_t)((size_t)first * ROW % (ROOM - bytes));
  if (pwrite(file, block, bytes, offset) != (ssize_t)bytes || fdatasync(file) != 0) fail("pwrite");
}

int main(int count, char **words) {
  if (count < 5) return 2;
  int is_sqlite = !strcmp(words[1], "sqlite");
  long batch = atol(words[3]), batches = atol(words[4]) / batch;
  int64_t *times = calloc((size_t)batches, sizeof *times);
  if (is_sqlite) open_sqlite(words[2]); else open_file(words[2], batch);
  // Half as much goes first: by then the WAL has come round, and grows no more.
  for (long number = -batches / 2 - 1; number < batches; number++) {
    if (number == 0) measure_begin();
    int64_t start = measure_now();
    long first = (number + batches / 2 + 1) * batch;
    if (is_sqlite) write_sqlite(first, batch); else write_file(first, batch);
    if (number >= 0) times[number] = measure_now() - start;
  }
  measure_end("row", batches * batch);
  qsort(times, (size_t)batches, sizeof *times, compare);
  measure_report("p50", (double)times[batches / 2] / 1000);
  measure_report("p99", (double)times[batches * 99 / 100] / 1000);
  return 0;
}
