"""python sentencepiece_encode.py SOURCE.model TARGET.model TEXTS.json: Python's own tokenizer.

TEXTS is {"source": [...], "target": [...]}. Waits for lines of {"sentences": N}, encodes the first N texts of both
in one call each and one thread, and answers with the milliseconds and the ids, sources first, as JSON.
"""
import json
import sys
import time
from pathlib import Path

from sentencepiece import SentencePieceProcessor

source, target = (SentencePieceProcessor(model_file=path) for path in sys.argv[1:3])
texts = json.loads(Path(sys.argv[3]).read_text())

for line in sys.stdin:
    count = json.loads(line)["sentences"]
    sources, targets = texts["source"][:count], texts["target"][:count]
    started = time.perf_counter()
    ids = source.encode(sources, num_threads=1) + target.encode(targets, num_threads=1)
    print(json.dumps({"milliseconds": (time.perf_counter() - started) * 1000, "ids": ids}), flush=True)
