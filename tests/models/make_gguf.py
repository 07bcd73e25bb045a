"""Writes a tiny llama-architecture model with random weights: real enough for a real inference server to load, tokenise,
batch and stream with. The same seed gives the same file. Usage: make_gguf.py FILE"""
import sys

import gguf
import numpy as np

EMBED, LAYERS, HEADS, FORWARD, CONTEXT = 64, 2, 4, 128, 1024

CHAT_TEMPLATE = ("{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}<assistant>")


def vocabulary():
    """Specials, the 256 byte tokens that let it spell anything, and some whole words."""
    words = ["▁the", "▁a", "▁weir", "▁river", "▁water", "▁holds", "▁lets", "▁and", "▁back", "▁through", "▁is", "▁hello", "▁"]
    words += [chr(c) for c in range(ord("a"), ord("z") + 1)]
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + words
    types = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    types += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(words)
    scores = [0.0] * 259 + [-float(i) for i in range(len(words))]
    return tokens, types, scores


def main(path):
    tokens, types, scores = vocabulary()
    random = np.random.default_rng(20261122)
    weights = lambda *shape: (random.standard_normal(shape) * 0.08).astype(np.float32)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("weir-test")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBED)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBED // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_scores(scores)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(CHAT_TEMPLATE)

    writer.add_tensor("token_embd.weight", weights(len(tokens), EMBED))
    for layer in range(LAYERS):
        name = f"blk.{layer}."
        writer.add_tensor(name + "attn_norm.weight", np.ones(EMBED, dtype=np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"{name}{part}.weight", weights(EMBED, EMBED))
        writer.add_tensor(name + "ffn_norm.weight", np.ones(EMBED, dtype=np.float32))
        writer.add_tensor(name + "ffn_gate.weight", weights(FORWARD, EMBED))
        writer.add_tensor(name + "ffn_up.weight", weights(FORWARD, EMBED))
        writer.add_tensor(name + "ffn_down.weight", weights(EMBED, FORWARD))
    writer.add_tensor("output_norm.weight", np.ones(EMBED, dtype=np.float32))
    writer.add_tensor("output.weight", weights(len(tokens), EMBED))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main(sys.argv[1])
