"""Writes what make_gguf.py's model is, as the files that vLLM reads: a folder with config.json, a tokenizer of bytes and random
weights; with --lora, an adapter for it instead. The same seed gives the same files. Usage: make_safetensors.py [--lora] FOLDER"""
import json
import sys
from pathlib import Path

import numpy as np

EMBED, LAYERS, HEADS, FORWARD, CONTEXT, RANK = 64, 2, 2, 128, 1024, 8
SPECIALS = ["<unk>", "<s>", "</s>"]
CHAT_TEMPLATE = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}<assistant>"
# The 256 characters that byte-level tokenizers write bytes as: itself where it can be seen, else one from 256 on.
SEEN = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
BYTES = [chr(b) for b in SEEN] + [chr(256 + i) for i in range(256 - len(SEEN))]
VOCABULARY = SPECIALS + BYTES

CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "torch_dtype": "bfloat16",
    "hidden_size": EMBED, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": HEADS,
    "intermediate_size": FORWARD, "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    "vocab_size": len(VOCABULARY), "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False,
}
TOKENIZER = {
    "version": "1.0",
    "added_tokens": [{"id": i, "content": token, "special": True, "single_word": False, "lstrip": False, "rstrip": False,
                      "normalized": False} for i, token in enumerate(SPECIALS)],
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    "model": {"type": "BPE", "vocab": {token: i for i, token in enumerate(VOCABULARY)}, "merges": []},
}
TOKENIZER_CONFIG = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>",
                    "model_max_length": CONTEXT, "chat_template": CHAT_TEMPLATE}
LORA_CONFIG = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": 64, "bias": "none",
               "target_modules": ["q_proj", "v_proj"]}


def write_tensors(path, tensors):
    """Format safetensors: the header's length, the header, the tensors one after the other."""
    header, end = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [end, end + tensor.nbytes]}
        end += tensor.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(tensor.tobytes() for tensor in tensors.values()))


def main(folder, is_lora):
    random = np.random.default_rng(20261122)
    weights = lambda *shape: (random.standard_normal(shape) * 0.08).astype(np.float32)
    ones = np.ones(EMBED, dtype=np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    write = lambda name, content: (folder / name).write_text(json.dumps(content))

    if is_lora:
        write("adapter_config.json", LORA_CONFIG)
        tensors = {}
        for place in [f"base_model.model.model.layers.{n}.self_attn.{part}" for n in range(LAYERS) for part in ("q_proj", "v_proj")]:
            tensors[f"{place}.lora_A.weight"] = weights(RANK, EMBED) * 10
            tensors[f"{place}.lora_B.weight"] = weights(EMBED, RANK) * 10
        write_tensors(folder / "adapter_model.safetensors", tensors)
        return

    write("config.json", CONFIG)
    write("tokenizer.json", TOKENIZER)
    write("tokenizer_config.json", TOKENIZER_CONFIG)
    tensors = {"model.embed_tokens.weight": weights(len(VOCABULARY), EMBED)}
    for n in range(LAYERS):
        layer = f"model.layers.{n}"
        tensors[f"{layer}.input_layernorm.weight"] = ones
        tensors[f"{layer}.post_attention_layernorm.weight"] = ones
        for part in ("q_proj", "k_proj", "v_proj", "o_proj"):
            tensors[f"{layer}.self_attn.{part}.weight"] = weights(EMBED, EMBED)
        tensors[f"{layer}.mlp.gate_proj.weight"] = weights(FORWARD, EMBED)
        tensors[f"{layer}.mlp.up_proj.weight"] = weights(FORWARD, EMBED)
        tensors[f"{layer}.mlp.down_proj.weight"] = weights(EMBED, FORWARD)
    write_tensors(folder / "model.safetensors", {**tensors, "model.norm.weight": ones, "lm_head.weight": weights(len(VOCABULARY), EMBED)})


main(Path(sys.argv[-1]), "--lora" in sys.argv[1:-1])
