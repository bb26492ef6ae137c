// SPDX-License-Identifier: Apache-2.0
// JSON parsing by simdjson behind a C interface: one text in, one flat tape of words and one block of string bytes out.
//
// The tape is simdjson's own: each word has its type in the top eight bits and a payload of 56 bits below.
//   'r'          first and last word: the document's edges
//   '{' '['      payload: index after the matching end (low 32 bits), number of members (24 bits, saturated)
//   '}' ']'      payload: index of the matching start
//   '"'          payload: offset into the string bytes of a 32-bit length, then that many bytes of UTF-8
//   'l' 'u' 'd'  followed by one word: the number as int64_t, uint64_t or double
//   't' 'f' 'n'  true, false, null
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cjson_parser cjson_parser;

enum {
  CJSON_OK = 0,
  CJSON_OUT_OF_MEMORY,
  CJSON_TOO_LARGE,
  CJSON_TOO_DEEP,
  CJSON_INVALID_UTF8,
  CJSON_CONTROL_CHARACTER,
  CJSON_UNCLOSED_STRING,
  CJSON_INVALID_STRING,
  CJSON_INVALID_NUMBER,
  CJSON_EMPTY,
  CJSON_MALFORMED,
};

// Makes a parser; null when there is no memory. The caller owns it and frees it with cjson_parser_free.
cjson_parser *cjson_parser_new(size_t max_bytes, size_t max_depth);
void cjson_parser_free(cjson_parser *parser);

// Parses `length` bytes, which are copied first (simdjson reads past the end of its input). The sizes of the result are valid
// after CJSON_OK and until the next parse.
int cjson_parse(cjson_parser *parser, const uint8_t *bytes, size_t length, size_t *tape_words, size_t *string_bytes);

// Copies the last result out: `tape_words` words, then `string_bytes` bytes right after them.
void cjson_copy(const cjson_parser *parser, uint64_t *words, size_t tape_words, size_t string_bytes);

// Gives back what a large text needed; the next small one costs no allocation either way.
void cjson_parser_shrink(cjson_parser *parser);

#ifdef __cplusplus
}
#endif
