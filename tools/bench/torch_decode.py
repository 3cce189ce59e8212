"""python torch_decode.py SETTING.json WEIGHTS.safetensors SOURCES.json: the reference's greedy translation.

Waits for lines of {"sentences": N}, translates the first N sources, batched by length, and answers with the milliseconds and
the ids of each, without eos, as JSON.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from seq2seq import EOS, PAD, Seq2Seq  # noqa: E402
from translations import answer_requests  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
vocabulary = setting["vocabularySize"]
network = Seq2Seq(
    vocabulary["source"], vocabulary["target"], setting["embeddingSize"], setting["hiddenSize"], 0, "zero"
)
network.load_state_dict(load_file(sys.argv[2]), strict=True)
sources = json.loads(Path(sys.argv[3]).read_text())


def translate(rows):
    return [[token for token in ids if token != EOS] for ids in network.greedy_batch(torch.tensor(rows))]


answer_requests(sources, setting["decode"]["referenceBatch"], PAD, translate)
