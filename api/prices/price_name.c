/* Two tables of words. */
#include "api/prices/price_name.h"

/* Parts of one provider, for one interface or one kind of model each. */
static const struct {
    struct text part, provider;
} parts[] = {
    {TEXT("bedrock_converse"), TEXT("bedrock")},
    {TEXT("cohere_chat"), TEXT("cohere")},
    {TEXT("azure_text"), TEXT("azure")},
    {TEXT("fireworks_ai-embedding-models"), TEXT("fireworks_ai")},
};

static const struct {
    struct text word;
    enum price_mode mode;
} modes[] = {
    {TEXT("chat"), PRICE_MODE_CHAT},
    {TEXT("responses"), PRICE_MODE_CHAT},
    {TEXT("completion"), PRICE_MODE_COMPLETION},
    {TEXT("embedding"), PRICE_MODE_EMBEDDING},
    {TEXT("image_generation"), PRICE_MODE_IMAGE},
    {TEXT("image_edit"), PRICE_MODE_IMAGE},
    {TEXT("audio_speech"), PRICE_MODE_SPEECH},
    {TEXT("audio_transcription"), PRICE_MODE_TRANSCRIPTION},
    {TEXT("video_generation"), PRICE_MODE_VIDEO},
    {TEXT("realtime"), PRICE_MODE_REALTIME},
    {TEXT("rerank"), PRICE_MODE_RERANK},
    {TEXT("moderation"), PRICE_MODE_MODERATION},
    {TEXT("search"), PRICE_MODE_SEARCH},
};

static struct text
provider_of(struct text litellm_provider)
{
    static const struct text vertex = TEXT("vertex_ai-"), completion = TEXT("text-completion-");
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (text_equals(parts[i].part, litellm_provider))
            return parts[i].provider;
    if (text_starts_with(litellm_provider, vertex))
        return text_slice(litellm_provider, 0, vertex.length - 1);
    if (text_starts_with(litellm_provider, completion))
        return text_slice(litellm_provider, completion.length, litellm_provider.length);
    return litellm_provider;
}

struct price_name
price_name_read(struct text key, struct text litellm_provider)
{
    struct text provider = provider_of(litellm_provider);
    struct text rest = key;
    struct text first = text_cut(&rest, '/');
    bool is_prefixed = text_equals(first, provider) || text_equals(first, litellm_provider);
    return (struct price_name){provider, is_prefixed && !text_is_empty(rest) ? rest : key};
}

enum price_mode
price_name_mode(struct text litellm_mode)
{
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (text_equals(modes[i].word, litellm_mode))
            return modes[i].mode;
    return PRICE_MODE_OTHER;
}
