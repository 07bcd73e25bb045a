/* Globs: the parts between the stars are found one after the other, each at its first place; that is enough,
 * since
 * '*' stands for anything. A pattern's first and last parts are tied to the name's ends. */
#include "lib/base/glob.h"

bool
glob_matches(struct text pattern, struct text name)
{
    ptrdiff_t star = text_find_byte(pattern, '*');
    if (star < 0)
        return text_equals(pattern, name);
    struct text first = text_slice(pattern, 0, (size_t)star);
    if (!text_starts_with(name, first))
        return false;

    struct text unmatched = text_slice(name, first.length, name.length);
    struct text parts = text_slice(pattern, (size_t)star + 1, pattern.length);
    struct text part = text_cut(&parts, '*');
    while (parts.bytes) {
        ptrdiff_t at = text_find(unmatched, part); /* linear: glibc's memmem is two-way */
        if (at < 0)
            return false;
        unmatched = text_slice(unmatched, (size_t)at + part.length, unmatched.length);
        part = text_cut(&parts, '*');
    }
    return text_ends_with(unmatched, part);
}
