/* What is in a chat beside texts, so that nothing is held too little for. */
#include "gateway/dialects/openai_parts.h"

#include <criterion/criterion.h>

#define TEXT_PART "{\"type\":\"text\",\"text\":\"what is this\"}"
#define IMAGE_PART "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://pictures.example/1\"}}"

static void
expect(const char *messages, size_t images, size_t others, bool has_audio)
{
    struct openai_parts parts = openai_parts_count(text_of(messages));
    cr_assert_eq(parts.image_count, images, "%s: %zu images", messages, parts.image_count);
    cr_assert_eq(parts.other_count, others, "%s: %zu others", messages, parts.other_count);
    cr_assert_eq(parts.has_audio, has_audio, "%s", messages);
}

Test(openai_parts, of_texts_are_none)
{
    expect("[{\"role\":\"user\",\"content\":\"hello\"}]", 0, 0, false);
    expect("[{\"role\":\"user\",\"content\":\"a \\\"type\\\" of \\u0041\"}]", 0, 0, false);
    expect("[{\"role\":\"user\",\"content\":[" TEXT_PART "," TEXT_PART "]}]", 0, 0, false);
    expect("[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"type\":\"function\"}]}]", 0, 0,
           false);
}

Test(openai_parts, are_counted_over_all_messages)
{
    expect("[{\"content\":[" TEXT_PART "," IMAGE_PART "]},{\"content\":[" IMAGE_PART "]}]", 2, 0, false);
    expect("[{\"content\":[{\"type\":\"input_audio\",\"input_audio\":{}}]}]", 0, 0, true);
    expect("[{\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}]}]", 0, 1, false);
}

Test(openai_parts, count_as_files_when_they_cannot_be_read_for_sure)
{
    expect("[{\"content\":[{\"type\":\"text\",\"type\":\"image_url\"}]}]", 0, 1, false);
    expect("[{\"content\":\"\",\"content\":[" IMAGE_PART "]}]", 0, 1, false);
    expect("[{\"content\":[{\"ty\\u0070e\":\"image_url\"}]}]", 1, 0, false);
    expect("[{\"content\":[{\"type\":\"image\\u005furl\"}]}]", 0, 1, false);
    expect("[{\"c\\u006fntent\":[" IMAGE_PART "]}]", 1, 0, false);
    expect("[{\"content\":[{\"type\":\"hologram\"}]}]", 0, 1, false);
    expect("[{\"content\":[{\"type\":1}, {\"text\":\"without a type\"}, 7]}]", 0, 3, false);
}
