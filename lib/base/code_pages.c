/* Segments that the loader mapped without the right to write are as they are in the file: dropping them
 * loses nothing. What it relocates lies in segments that were writable, and stays. */
#include "lib/base/code_pages.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int release_object(struct dl_phdr_info *object, size_t size, void *owner);

void
code_pages_release(void)
{
    (void)dl_iterate_phdr(release_object, NULL);
}

static int
release_object(struct dl_phdr_info *object, size_t size, void *owner)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)owner;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
            continue;
        uintptr_t start = (uintptr_t)object->dlpi_addr + (uintptr_t)segment->p_vaddr;
        uintptr_t first = start & ~(page - 1);
        (void)madvise((void *)first, start + segment->p_memsz - first,
                      MADV_DONTNEED); /* the kernel's own: no */
    }
    return 0;
}
