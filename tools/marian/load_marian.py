"""python load_marian.py FOLDER PAIRS.json LOGITS -> {"problems": [...], "source": [[...]], "target": [[...]], "decoded": [...]}

Loads a folder in Marian's form by MarianMTModel and MarianTokenizer, and prints what the model had to pass over, the ids of
each sentence and the text of each target's ids. The pairs' logits [pairs, longest target, vocabulary] go into the file
LOGITS as little-endian float32. Needs torch, transformers, sentencepiece and sacremoses.
"""
import json
import sys
from pathlib import Path

import torch
from transformers import MarianMTModel, MarianTokenizer

folder, pairs_file, logits_file = sys.argv[1:]
pairs = json.loads(Path(pairs_file).read_text())
sources, targets = [source for source, _ in pairs], [target for _, target in pairs]
tokenizer = MarianTokenizer.from_pretrained(folder)
model, loading = MarianMTModel.from_pretrained(folder, output_loading_info=True)
model.eval()

batch = tokenizer(sources, text_target=targets, padding=True, return_tensors="pt")
labels = batch.pop("labels")
start = torch.full_like(labels[:, :1], model.config.decoder_start_token_id)
with torch.no_grad():
    logits = model(**batch, decoder_input_ids=torch.cat([start, labels[:, :-1]], 1)).logits
Path(logits_file).write_bytes(logits.float().numpy().astype("<f4").tobytes())

ids = {"source": tokenizer(sources)["input_ids"], "target": tokenizer(text_target=targets)["input_ids"]}
decoded = [tokenizer.decode(row, skip_special_tokens=True) for row in ids["target"]]
problems = [f"{kind}: {each}" for kind, found in loading.items() for each in found]
print(json.dumps({"problems": problems, **ids, "decoded": decoded}))
