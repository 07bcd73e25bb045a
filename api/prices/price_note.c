/* A list with a map over it. */
#include "api/prices/price_note.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

void
price_notes_init(struct price_note_list *notes, struct arena *arena)
{
    *notes = (struct price_note_list){.arena = arena, .by_words = map_new(arena)};
}

void
price_notes_add(struct price_note_list *notes, struct text words, const struct document *at, struct text path)
{
    uintptr_t position = (uintptr_t)map_find(notes->by_words, words);
    if (position) {
        notes->items[position - 1].count++;
        return;
    }
    notes->items =
        arena_grow(notes->arena, notes->items, notes->count, &notes->capacity, sizeof(*notes->items));
    notes->items[notes->count++] =
        (struct price_note){text_copy(notes->arena, words), 1, text_copy(notes->arena, path), at};
    map_set(notes->by_words, words, (void *)(uintptr_t)notes->count);
}

void
price_notes_report(const struct price_note_list *notes, struct problem_list *problems)
{
    for (size_t i = 0; i < notes->count; i++) {
        const struct price_note *note = &notes->items[i];
        problems_add_notice(problems, note->first, note->first_path, "%.*s (%zu times, first here)",
                            TEXT_ARG(note->words), note->count);
    }
}
