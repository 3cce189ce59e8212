"""python torch_marian_decode.py SETTING.json WEIGHTS.safetensors SOURCES.json: translation by Hugging Face's `generate`.

Waits for lines of {"sentences": N}, translates the first N sources in batches by length with SETTING's "beamSize", and answers
with the milliseconds and the ids of each, without eos, as JSON.
"""
import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from marian import PAD, marian_ids, marian_model, our_ids  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
model = marian_model(setting)
model.load_state_dict(load_file(sys.argv[2]), strict=False)
model.tie_weights()
model.eval()
sources = json.loads(Path(sys.argv[3]).read_text())
pad = model.config.pad_token_id
options = {
    "num_beams": setting["beamSize"],
    "max_new_tokens": setting["maxTokens"],
    "do_sample": False,
    "bad_words_ids": [[pad]],
    **({"early_stopping": True, "length_penalty": 1.0} if setting["beamSize"] > 1 else {}),
}


def translate(chosen):
    """Ids of each source, in batches of sources of about one length."""
    outputs = [None] * len(chosen)
    order = sorted(range(len(chosen)), key=lambda index: -len(chosen[index]))
    size = setting["decode"]["referenceBatch"]
    for start in range(0, len(order), size):
        places = order[start : start + size]
        width = max(len(chosen[place]) for place in places)
        rows = torch.tensor([chosen[place] + [PAD] * (width - len(chosen[place])) for place in places])
        ids = marian_ids(rows, model)
        with torch.inference_mode():
            found = model.generate(input_ids=ids, attention_mask=(ids != pad).long(), **options)
        for place, row in zip(places, found.tolist()):
            outputs[place] = our_ids([token for token in row[1:] if token != pad])
    return outputs


for line in sys.stdin:
    chosen = sources[: json.loads(line)["sentences"]]
    started = time.perf_counter()
    outputs = translate(chosen)
    milliseconds = (time.perf_counter() - started) * 1000
    print(json.dumps({"milliseconds": milliseconds, "ids": outputs}), flush=True)
