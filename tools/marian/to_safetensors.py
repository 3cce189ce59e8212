"""python to_safetensors.py FOLDER -> FOLDER/model.safetensors

Writes the weights of a Marian folder, pytorch_model.bin or model.safetensors of any precision, as model.safetensors of
32-bit floats, from which a sweep can start. Nothing in the file is executed. Needs torch and safetensors.
"""
import os
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

folder = Path(sys.argv[1])
pickled, target = folder / "pytorch_model.bin", folder / "model.safetensors"
if target.exists():
    weights = load_file(target)
else:
    weights = torch.load(pickled, map_location="cpu", weights_only=True)

# The one embedding may have other names, and positions are computed.
shared = "model.shared.weight"
copies = ("embed_tokens.weight", "lm_head.weight")
weights.setdefault(shared, next((weights[name] for name in weights if name.endswith(copies)), None))
computed = (*copies, "embed_positions.weight")
kept = {
    name: tensor.to(torch.float32).contiguous().clone()
    for name, tensor in weights.items()
    if tensor is not None and not name.endswith(computed)
}
partial = folder / "model.safetensors.partial"
save_file(kept, partial, metadata={"format": "pt"})
os.replace(partial, target)
print(f"{target}: {len(kept)} tensors")
