"""python marian_to_ctranslate2.py FOLDER OUTPUT QUANTIZATION

Converts a Transformer in Marian's form, as Hugging Face has it, by CTranslate2's converter of Marian's own files. That one
needs no PyTorch: weights and options are handed to it under the names that Marian gives them. Needs ctranslate2 with
numpy and pyyaml, and safetensors.
"""
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml
from ctranslate2.converters import MarianConverter
from ctranslate2.converters.marian import _make_sinusoidal_position_encodings
from ctranslate2.specs import common_spec
from safetensors.numpy import load_file

# As many positions as the converter has itself; the table is computed, so more do no harm.
LEAST_POSITIONS = 2048
# Of an attention, as Hugging Face and as Marian name them.
PROJECTIONS = {"q_proj": "q", "k_proj": "k", "v_proj": "v", "out_proj": "o"}


class Converter(MarianConverter):
    def _load(self):
        spec = super()._load()
        for side in (spec.encoder, spec.decoder):
            # What Marian calls gelu is an approximation; Hugging Face means the function itself.
            if side.activation == common_spec.Activation.GELUSigmoid:
                side.activation = np.dtype("int8").type(common_spec.Activation.GELU)
        return spec


def marian_weights(weights, config):
    """Weights by Marian's names. Products are transposed; what Hugging Face adds for <pad>, the last row, is left out."""
    named = {
        "Wemb": weights["model.shared.weight"][:-1],
        "decoder_ff_logit_out_b": weights["final_logits_bias"].reshape(1, -1)[:, :-1],
        "Wpos": _make_sinusoidal_position_encodings(
            config["d_model"], max(LEAST_POSITIONS, config["max_position_embeddings"])
        ),
    }

    def add_product(theirs, ours, letter):
        named[f"{ours}_W{letter}"] = weights[f"{theirs}.weight"].T
        named[f"{ours}_b{letter}"] = weights[f"{theirs}.bias"]

    def add_norm(theirs, ours):
        named[f"{ours}_ln_scale"] = weights[f"{theirs}.weight"]
        named[f"{ours}_ln_bias"] = weights[f"{theirs}.bias"]

    def add_layer(side, index):
        theirs, ours = f"model.{side}.layers.{index}", f"{side}_l{index + 1}"
        attentions = {"self_attn": "self", **({"encoder_attn": "context"} if side == "decoder" else {})}
        for attention, name in attentions.items():
            for projection, letter in PROJECTIONS.items():
                add_product(f"{theirs}.{attention}.{projection}", f"{ours}_{name}", letter)
            add_norm(f"{theirs}.{attention}_layer_norm", f"{ours}_{name}_Wo")
        add_product(f"{theirs}.fc1", f"{ours}_ffn", "1")
        add_product(f"{theirs}.fc2", f"{ours}_ffn", "2")
        add_norm(f"{theirs}.final_layer_norm", f"{ours}_ffn_ffn")

    for side in ("encoder", "decoder"):
        for index in range(config[f"{side}_layers"]):
            add_layer(side, index)
    return named


def marian_options(config):
    return {
        "type": "transformer",
        "enc-depth": config["encoder_layers"],
        "dec-depth": config["decoder_layers"],
        "transformer-heads": config["encoder_attention_heads"],
        "transformer-ffn-activation": config["activation_function"],
        "transformer-decoder-autoreg": "self-attention",
        "transformer-guided-alignment-layer": "last",
        "transformer-no-projection": False,
        "transformer-preprocess": "",
        "transformer-postprocess": "dan",
        "transformer-postprocess-emb": "d",
    }


def marian_vocabulary(vocabulary):
    """A line for each token, in single quotes, which need no escapes but for themselves; <pad>, the last one, is left out."""
    tokens = sorted(vocabulary, key=vocabulary.get)[:-1]
    for token in tokens:
        if "\n" in token or "\r" in token:
            sys.exit(f"the token {token!r} has a line break, which Marian's vocabulary cannot hold")
    return "".join("'{}': {}\n".format(token.replace("'", "''"), index) for index, token in enumerate(tokens))


def main():
    folder, output, quantization = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    config = json.loads((folder / "config.json").read_text("utf-8"))
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    weights = marian_weights(load_file(folder / "model.safetensors"), config)
    options = yaml.safe_dump(marian_options(config)).encode() + b"\0"
    with tempfile.TemporaryDirectory() as work:
        model, names = Path(work, "model.npz"), Path(work, "vocab.yml")
        np.savez(model, **weights, **{"special:model.yml": np.frombuffer(options, np.int8)})
        names.write_text(marian_vocabulary(vocabulary), "utf-8")
        Converter(str(model), [str(names), str(names)]).convert(output, quantization=quantization)


main()
