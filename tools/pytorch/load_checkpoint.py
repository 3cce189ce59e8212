"""python load_checkpoint.py BUNDLE BATCH.json -> {"tokenLoss": ..., "targetTokens": ...}

Loads the bundle's model.safetensors into the PyTorch network (strict: no parameter missing, none left over)
and prints the batch's loss. Needs torch and safetensors.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from seq2seq import PAD, Seq2Seq, token_loss

bundle = Path(sys.argv[1])
batch = {name: torch.tensor(rows) for name, rows in json.loads(Path(sys.argv[2]).read_text()).items()}
config = json.loads((bundle / "config.json").read_text())
sizes, settings = config["vocabularySize"], config["hyperparameters"]
network = Seq2Seq(
    sizes["source"], sizes["target"], settings["embeddingSize"], settings["hiddenSize"], 0, settings["topState"]
)
network.load_state_dict(load_file(bundle / config["files"]["model"]["key"]), strict=True)
network.eval()
with torch.no_grad():
    loss = token_loss(network(batch["source"], batch["decoderInput"]), batch["target"]).item()
print(json.dumps({"tokenLoss": loss, "targetTokens": int((batch["target"] != PAD).sum())}))
