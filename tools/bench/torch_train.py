"""python torch_train.py SETTING.json BATCHES.json: the reference's training.

BATCHES is a list of {"source", "decoderInput", "target"}, rows of token ids each. Waits for lines of {"steps": [...]}
with indices of batches, and answers with the milliseconds of each step, as JSON.
"""
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from seq2seq import PAD, Seq2Seq, token_loss  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
torch.manual_seed(setting["seed"])
batches = [
    {name: torch.tensor(rows) for name, rows in batch.items()} for batch in json.loads(Path(sys.argv[2]).read_text())
]
vocabulary = setting["vocabularySize"]
network = Seq2Seq(
    vocabulary["source"],
    vocabulary["target"],
    setting["embeddingSize"],
    setting["hiddenSize"],
    setting["dropout"],
    "zero",
)
adam = torch.optim.Adam(network.parameters(), lr=setting["learningRate"], fused=True)


def step(batch):
    started = time.perf_counter()
    adam.zero_grad()
    loss = token_loss(network(batch["source"], batch["decoderInput"]), batch["target"])
    (loss / (batch["target"] != PAD).sum()).backward()
    adam.step()
    loss.item()
    return (time.perf_counter() - started) * 1000


for line in sys.stdin:
    print(json.dumps([step(batches[index]) for index in json.loads(line)["steps"]]), flush=True)
