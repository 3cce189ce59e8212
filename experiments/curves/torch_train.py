"""python torch_train.py SETTING.json PAIRS.json OUTPUT: the notebook's training in PyTorch, for comparison alone.

PAIRS holds token ids: {"train": [[source, target], ...], "test": [...]}; sources end in eos, targets run from bos
to eos. After each epoch a line of OUTPUT/epochs.jsonl says its perplexities (batch mean and token) and the seconds
of training so far, and OUTPUT/epoch-N.safetensors holds the weights. Needs torch and safetensors.
"""
import json
import math
import random
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from seq2seq import PAD, Seq2Seq, token_loss  # noqa: E402

setting = json.loads(Path(sys.argv[1]).read_text())
pairs = json.loads(Path(sys.argv[2]).read_text())
output = Path(sys.argv[3])
output.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(setting["threads"])
torch.manual_seed(setting["seed"])
order = random.Random(setting["seed"])
size = setting["batchSize"]


def pad(rows):
    width = max(map(len, rows))
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


def batches(rows):
    for start in range(0, len(rows) - size + 1, size):
        chosen = rows[start : start + size]
        yield (
            pad([source for source, _ in chosen]),
            pad([target[:-1] for _, target in chosen]),
            pad([target[1:] for _, target in chosen]),
        )


network = Seq2Seq(
    setting["vocabulary"], setting["vocabulary"], setting["embedding"], setting["hidden"], setting["dropout"], "zero"
)
adam = torch.optim.Adam(network.parameters(), lr=setting["learningRate"], fused=True)
seconds = 0.0
train = pairs["train"]
for epoch in range(1, setting["epochs"] + 1):
    network.train()
    order.shuffle(train)
    started = time.perf_counter()
    means = []
    for source, decoder_input, target in batches(train):
        adam.zero_grad()
        loss = token_loss(network(source, decoder_input), target) / (target != PAD).sum()
        loss.backward()
        adam.step()
        means.append(loss.item())
    seconds += time.perf_counter() - started
    network.eval()
    held_out, total, tokens = [], 0.0, 0
    with torch.no_grad():
        for source, decoder_input, target in batches(pairs["test"]):
            loss, count = token_loss(network(source, decoder_input), target).item(), int((target != PAD).sum())
            held_out.append(loss / count)
            total, tokens = total + loss, tokens + count
    row = {
        "epoch": epoch,
        "seconds": round(seconds, 1),
        "trainBatchMean": math.exp(sum(means) / len(means)),
        "batchMean": math.exp(sum(held_out) / len(held_out)),
        "perplexity": math.exp(total / tokens),
    }
    save_file(network.state_dict(), str(output / f"epoch-{epoch}.safetensors"))
    with open(output / "epochs.jsonl", "a") as lines:
        lines.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)
