"""python torch_decode.py SETTING.json WEIGHTS.safetensors SOURCES.json: the reference's greedy translation.

Waits for lines of {"sentences": N}, translates the first N sources, batched by length, and answers with the milliseconds and
the ids of each, without eos, as JSON.
"""
import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from seq2seq import EOS, PAD, Seq2Seq  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
vocabulary = setting["vocabularySize"]
network = Seq2Seq(
    vocabulary["source"], vocabulary["target"], setting["embeddingSize"], setting["hiddenSize"], 0, "zero"
)
network.load_state_dict(load_file(sys.argv[2]), strict=True)
sources = json.loads(Path(sys.argv[3]).read_text())



def translate(chosen):
    """Ids of each source, in batches of sources of about one length."""
    outputs = [None] * len(chosen)
    order = sorted(range(len(chosen)), key=lambda index: -len(chosen[index]))
    size = setting["decode"]["referenceBatch"]
    for start in range(0, len(order), size):
        places = order[start : start + size]
        width = max(len(chosen[place]) for place in places)
        rows = [chosen[place] + [PAD] * (width - len(chosen[place])) for place in places]
        for place, ids in zip(places, network.greedy_batch(torch.tensor(rows))):
            outputs[place] = ids
    return outputs


for line in sys.stdin:
    chosen = sources[: json.loads(line)["sentences"]]
    started = time.perf_counter()
    outputs = translate(chosen)
    milliseconds = (time.perf_counter() - started) * 1000
    ids = [[token for token in output if token != EOS] for output in outputs]
    print(json.dumps({"milliseconds": milliseconds, "ids": ids}), flush=True)
