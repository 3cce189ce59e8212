"""python translate_ctranslate2.py FOLDER SENTENCES.json MAX_TOKENS -> {"greedy": [...], "beam": [...]}

Translates by CTranslate2 and prints of each sentence the tokens, its score, and the text, greedily and by its beam search
with a beam of 4 and its own defaults otherwise. An empty translation is allowed, which CTranslate2 by default is not.
Needs ctranslate2 and sentencepiece.
"""
import json
import sys
from pathlib import Path

import ctranslate2
import sentencepiece

folder, sentences_file, max_tokens = sys.argv[1:]
source = sentencepiece.SentencePieceProcessor(f"{folder}/source.spm")
target = sentencepiece.SentencePieceProcessor(f"{folder}/target.spm")
translator = ctranslate2.Translator(folder, compute_type="default", intra_threads=1)
pieces = source.encode(json.loads(Path(sentences_file).read_text("utf-8")), out_type=str)


def translate(beam_size):
    results = translator.translate_batch(
        pieces,
        beam_size=beam_size,
        max_decoding_length=int(max_tokens),
        min_decoding_length=0,
        return_scores=True,
        max_batch_size=64,
    )
    return [
        {"tokens": each.hypotheses[0], "score": each.scores[0], "text": target.decode(each.hypotheses[0])}
        for each in results
    ]


print(json.dumps({"greedy": translate(1), "beam": translate(4)}))
