"""python torch_side.py THREADS: prints PyTorch's version, then for each line {"kind", "sizes"} the milliseconds of one
run in float32 and under autocast."""
import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
print(torch.__version__, flush=True)
made = {}


def recurrent(module, steps, batch, inputs, hidden, backward):
    layer = module(inputs, hidden)
    x = torch.randn(steps, batch, inputs, requires_grad=True)
    gradient = torch.randn(steps, batch, hidden)

    def run():
        if not backward:
            with torch.no_grad():
                return layer(x)
        out, _ = layer(x)
        out.backward(gradient.to(out.dtype))

    return run


def make(kind, sizes):
    if kind == "product":
        rows, depth, columns, transpose_a, transpose_b = sizes
        a = torch.randn(depth, rows).T if transpose_a else torch.randn(rows, depth)
        b = torch.randn(columns, depth).T if transpose_b else torch.randn(depth, columns)
        return lambda: a @ b
    if kind in ("lstm", "lstm-forward"):
        return recurrent(nn.LSTM, *sizes, kind == "lstm")
    if kind == "gru":
        return recurrent(nn.GRU, *sizes, True)
    if kind == "cross-entropy":
        rows, vocabulary = sizes
        logits = torch.randn(rows, vocabulary, requires_grad=True)
        labels = torch.arange(rows) * 31 % vocabulary
        return lambda: nn.functional.cross_entropy(logits, labels).backward()
    count, size = sizes
    parameters = [torch.randn(size, requires_grad=True) for _ in range(count)]
    for parameter in parameters:
        parameter.grad = torch.randn(size)
    adam = torch.optim.Adam(parameters, lr=1e-4, fused=True)
    return adam.step


for line in sys.stdin:
    case = json.loads(line)
    if line not in made:
        made.clear()
        made[line] = make(case["kind"], case["sizes"])
    times = {}
    for name, enabled in (("PyTorch", False), ("autocast", True)):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            started = time.perf_counter()
            made[line]()
            times[name] = 1000 * (time.perf_counter() - started)
    print(json.dumps(times), flush=True)
