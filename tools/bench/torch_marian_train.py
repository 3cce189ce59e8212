"""python torch_marian_train.py SETTING.json BATCHES.json: Hugging Face's MarianMTModel, trained as torch_train.py trains."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from marian import marian_ids, marian_model, parameter_count  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
torch.manual_seed(setting["seed"])
model = marian_model(setting)
model.train()
batches = [
    {name: marian_ids(torch.tensor(rows), model) for name, rows in batch.items()}
    for batch in json.loads(Path(sys.argv[2]).read_text())
]
trained = [each for each in model.parameters() if each.requires_grad]
adam = torch.optim.Adam(trained, lr=setting["learningRate"], fused=True)
pad = model.config.pad_token_id


def step(batch):
    started = time.perf_counter()
    adam.zero_grad()
    source, target = batch["source"], batch["target"]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=setting.get("autocast", False)):
        logits = model(
            input_ids=source, attention_mask=(source != pad).long(), decoder_input_ids=batch["decoderInput"]
        ).logits
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), target.flatten(), ignore_index=pad, label_smoothing=setting["labelSmoothing"]
        )
    loss.backward()
    if setting["clipNorm"] > 0:
        torch.nn.utils.clip_grad_norm_(trained, setting["clipNorm"])
    adam.step()
    loss.item()
    return (time.perf_counter() - started) * 1000


def answer(request):
    if "size" in request:
        return {"parameters": parameter_count(model)}
    return [step(batches[index]) for index in request["steps"]]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
