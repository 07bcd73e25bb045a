/* CRC-32C (Castagnoli, RFC 3720 §12.1): finds torn and damaged records, not forged ones. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The checksum of length bytes; seed 0 to begin, or the checksum so far to go on with what follows. */
uint32_t crc32c(uint32_t seed, const void *bytes, size_t length);
/* The same by tables, as on a processor without the instruction: for tests. */
uint32_t crc32c_by_tables(uint32_t seed, const void *bytes, size_t length);
