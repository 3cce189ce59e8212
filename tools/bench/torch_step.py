"""The train step of PyTorch: waits for a line with a number of steps and answers with their milliseconds, as JSON."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "pytorch"))
from seq2seq import PAD, Seq2Seq, token_loss  # noqa: E402

setting = json.loads(sys.argv[1])
torch.set_num_threads(setting["threads"])
torch.manual_seed(1)
batch = {name: torch.tensor(rows) for name, rows in json.loads(Path(sys.argv[2]).read_text()).items()}
vocabulary, hidden = setting["vocabulary"], setting["hidden"]
network = Seq2Seq(vocabulary, vocabulary, setting["embedding"], hidden, setting["dropout"], "zero")
adam = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)


def step():
    started = time.perf_counter()
    adam.zero_grad()
    loss = token_loss(network(batch["source"], batch["decoderInput"]), batch["target"])
    (loss / (batch["target"] != PAD).sum()).backward()
    adam.step()
    loss.item()
    return (time.perf_counter() - started) * 1000


for line in sys.stdin:
    print(json.dumps([step() for _ in range(int(line))]), flush=True)
