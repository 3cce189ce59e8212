"""python torch_train.py SETTING.json BATCHES.json: the reference's training.

BATCHES is a list of {"source", "decoderInput", "target"}, rows of token ids each. Waits for lines of {"steps": [...]}
with indices of batches, and answers with the milliseconds of each step, or of {"size": true} with the number of parameters, as JSON.
"""
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from attention import AttentionSeq2Seq  # noqa: E402
from seq2seq import PAD, Seq2Seq  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
torch.manual_seed(setting["seed"])
batches = [
    {name: torch.tensor(rows) for name, rows in batch.items()} for batch in json.loads(Path(sys.argv[2]).read_text())
]
vocabulary = setting["vocabularySize"]
sizes = [vocabulary["source"], vocabulary["target"], setting["embeddingSize"], setting["hiddenSize"]]
if setting["attention"] == "none":
    network = Seq2Seq(*sizes, setting["dropout"], setting["topState"])
else:
    network = AttentionSeq2Seq(*sizes, setting["dropout"])
adam = torch.optim.Adam(network.parameters(), lr=setting["learningRate"], fused=True)


def step(batch):
    started = time.perf_counter()
    adam.zero_grad()
    target = batch["target"]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=setting.get("autocast", False)):
        logits = network(batch["source"], batch["decoderInput"])
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), target.flatten(), ignore_index=PAD, label_smoothing=setting["labelSmoothing"]
        )
    loss.backward()
    if setting["clipNorm"] > 0:
        torch.nn.utils.clip_grad_norm_(network.parameters(), setting["clipNorm"])
    adam.step()
    loss.item()
    return (time.perf_counter() - started) * 1000


def answer(request):
    if "size" in request:
        return {"parameters": sum(each.numel() for each in network.parameters())}
    return [step(batches[index]) for index in request["steps"]]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
