// SPDX-License-Identifier: Apache-2.0
// JSON parsing by simdjson behind a C interface.
#include "CJSON.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>

using simdjson::dom::parser;
using simdjson::internal::tape_type;

namespace {
// Texts up to this size are parsed without any allocation; above it memory is taken for that text and given back.
constexpr size_t standing_capacity = 64 * 1024;

constexpr uint64_t payload_mask = 0x00FFFFFFFFFFFFFF;

int code(simdjson::error_code error) {
  switch (error) {
    case simdjson::SUCCESS: return CJSON_OK;
    case simdjson::MEMALLOC: return CJSON_OUT_OF_MEMORY;
    case simdjson::CAPACITY: return CJSON_TOO_LARGE;
    case simdjson::DEPTH_ERROR: return CJSON_TOO_DEEP;
    case simdjson::UTF8_ERROR: return CJSON_INVALID_UTF8;
    case simdjson::UNESCAPED_CHARS: return CJSON_CONTROL_CHARACTER;
    case simdjson::UNCLOSED_STRING: return CJSON_UNCLOSED_STRING;
    case simdjson::STRING_ERROR: return CJSON_INVALID_STRING;
    case simdjson::NUMBER_ERROR: return CJSON_INVALID_NUMBER;
    case simdjson::EMPTY: return CJSON_EMPTY;
    default: return CJSON_MALFORMED;
  }
}

// The end of the string bytes in use: that of the last string on the tape.
size_t used_string_bytes(const uint64_t *tape, size_t words, const uint8_t *strings) {
  size_t used = 0;
  for (size_t index = 1; index < words; index++) {
    switch (static_cast<tape_type>(tape[index] >> 56)) {
      case tape_type::STRING: used = tape[index] & payload_mask; break;
      case tape_type::INT64:
      case tape_type::UINT64:
      case tape_type::DOUBLE: index++; continue;
      default: continue;
    }
    uint32_t length;
    std::memcpy(&length, strings + used, sizeof length);
    used += sizeof length + length;
  }
  return used;
}
}  // namespace

struct cjson_parser {
  size_t max_bytes;
  size_t max_depth;
  size_t input_capacity = 0;
  std::unique_ptr<uint8_t[]> input;
  std::unique_ptr<parser> dom;

  bool reserve(size_t capacity) {
    if (dom && input && capacity <= input_capacity) return true;
    input_capacity = 0;
    dom.reset(new (std::nothrow) parser());
    input.reset(new (std::nothrow) uint8_t[capacity + simdjson::SIMDJSON_PADDING]);
    if (!dom || !input || dom->allocate(capacity, max_depth)) return false;
    input_capacity = capacity;
    return true;
  }
};

cjson_parser *cjson_parser_new(size_t max_bytes, size_t max_depth) {
  auto *self = new (std::nothrow) cjson_parser{max_bytes, max_depth};
  if (self && !self->reserve(standing_capacity)) {
    delete self;
    return nullptr;
  }
  return self;
}

void cjson_parser_free(cjson_parser *self) { delete self; }

int cjson_parse(cjson_parser *self, const uint8_t *bytes, size_t length, size_t *tape_words, size_t *string_bytes) {
  if (length > self->max_bytes) return CJSON_TOO_LARGE;
  if (!self->reserve(length > standing_capacity ? length : standing_capacity)) return CJSON_OUT_OF_MEMORY;
  if (length) std::memcpy(self->input.get(), bytes, length);
  std::memset(self->input.get() + length, 0, simdjson::SIMDJSON_PADDING);
  auto error = self->dom->parse(self->input.get(), length, false).error();
  if (error) return code(error);
  const uint64_t *tape = self->dom->doc.tape.get();
  *tape_words = tape[0] & payload_mask;
  *string_bytes = used_string_bytes(tape, *tape_words, self->dom->doc.string_buf.get());
  return CJSON_OK;
}

void cjson_copy(const cjson_parser *self, uint64_t *words, size_t tape_words, size_t string_bytes) {
  std::memcpy(words, self->dom->doc.tape.get(), tape_words * sizeof *words);
  std::memcpy(words + tape_words, self->dom->doc.string_buf.get(), string_bytes);
}

void cjson_parser_shrink(cjson_parser *self) {
  if (self->input_capacity > standing_capacity) {
    self->input.reset();
    self->dom.reset();
    self->input_capacity = 0;
  }
}
