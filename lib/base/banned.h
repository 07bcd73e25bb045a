/* Calls that are compile errors here; -include'd into every file of ours by the Makefile.
 *
 * Each name says what to use instead. malloc and friends are allowed in lib/base only (WEIR_MAY_ALLOCATE). */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BANNED(NAME) NAME##_is_banned_see_lib_base_banned_h

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#define strcpy(...) BANNED(strcpy)     /* text_copy */
#define strcat(...) BANNED(strcat)     /* buffer_add_string */
#define strncpy(...) BANNED(strncpy)   /* text_copy */
#define strncat(...) BANNED(strncat)   /* buffer_add */
#define sprintf(...) BANNED(sprintf)   /* text_format, snprintf */
#define vsprintf(...) BANNED(vsprintf) /* vsnprintf */
#define strtok(...) BANNED(strtok)     /* text_cut */
#define atoi(...) BANNED(atoi)         /* parse_int64 */
#define atol(...) BANNED(atol)         /* parse_int64 */
#define atof(...) BANNED(atof)         /* parse_double */
#define strtol(...) BANNED(strtol)     /* parse_int64 */
#define strtoul(...) BANNED(strtoul)   /* parse_uint64 */
#define gets(...) BANNED(gets)
#define sleep(...) BANNED(sleep)   /* loop timers */
#define usleep(...) BANNED(usleep) /* loop timers */
#define system(...) BANNED(system) /* posix_spawn without a shell */
#define popen(...) BANNED(popen)

#ifndef WEIR_MAY_ALLOCATE
#define malloc(...) BANNED(malloc) /* arena_alloc */
#define calloc(...) BANNED(calloc)
#define realloc(...) BANNED(realloc)
#define strdup(...) BANNED(strdup) /* text_c_string */
#endif
