"""What both references that translate share: batches by length, and the answers to the bench."""
import json
import sys
import time


def answer_requests(sources, size, pad, translate):
    """
    Waits for lines of {"sentences": N}, translates the first N sources, and answers with the milliseconds and the ids of each,
    as JSON.

    translate: from rows of one width, padded, to the ids of each
    size: rows of a batch, of sources of about one length
    """

    def translated(chosen):
        outputs = [None] * len(chosen)
        order = sorted(range(len(chosen)), key=lambda index: -len(chosen[index]))
        for start in range(0, len(order), size):
            places = order[start : start + size]
            width = max(len(chosen[place]) for place in places)
            rows = [chosen[place] + [pad] * (width - len(chosen[place])) for place in places]
            for place, ids in zip(places, translate(rows)):
                outputs[place] = ids
        return outputs

    for line in sys.stdin:
        chosen = sources[: json.loads(line)["sentences"]]
        started = time.perf_counter()
        outputs = translated(chosen)
        milliseconds = (time.perf_counter() - started) * 1000
        print(json.dumps({"milliseconds": milliseconds, "ids": outputs}), flush=True)
