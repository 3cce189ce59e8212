"""python torch_marian_decode.py SETTING.json WEIGHTS.safetensors SOURCES.json: translation by Hugging Face's `generate`.

Waits for lines of {"sentences": N}, translates the first N sources in batches by length with SETTING's "beamSize", and answers
with the milliseconds and the ids of each, without eos, as JSON.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from marian import PAD, marian_ids, marian_model, our_ids  # noqa: E402
from translations import answer_requests  # noqa: E402

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


def translate(rows):
    ids = marian_ids(torch.tensor(rows), model)
    with torch.inference_mode():
        found = model.generate(input_ids=ids, attention_mask=(ids != pad).long(), **options)
    return [our_ids([token for token in row[1:] if token != pad]) for row in found.tolist()]


answer_requests(sources, setting["decode"]["referenceBatch"], PAD, translate)
