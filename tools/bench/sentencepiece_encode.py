"""python sentencepiece_encode.py SOURCE.model TARGET.model PAIRS.tsv THREADS: Python's own tokenizer.

Waits for lines of {"sentences": N}, encodes both sides of the first N pairs in one call each and so many threads, and
answers with the milliseconds and the ids, sources first, as JSON.
"""
import json
import sys
import time
from pathlib import Path

from sentencepiece import SentencePieceProcessor

source, target = (SentencePieceProcessor(model_file=path) for path in sys.argv[1:3])
pairs = [line.split("\t") for line in Path(sys.argv[3]).read_text(encoding="utf-8").removesuffix("\n").split("\n")]
threads = int(sys.argv[4])

for line in sys.stdin:
    count = json.loads(line)["sentences"]
    sources, targets = ([pair[side] for pair in pairs[:count]] for side in (0, 1))
    started = time.perf_counter()
    ids = source.encode(sources, num_threads=threads) + target.encode(targets, num_threads=threads)
    print(json.dumps({"milliseconds": (time.perf_counter() - started) * 1000, "ids": ids}), flush=True)
