"""Asks sacreBLEU for the golden numbers of the tests: src/fixtures/golden.json.

    pip install sacrebleu==2.5.1
    python golden.py <ja-en.tsv> ../src/fixtures/odd-cases.json > ../src/fixtures/golden.json

<ja-en.tsv> is the corpus that set-up installs (Japanese TAB English; `tatoebaPairs` of `installedPaths()`). The
golden file holds numbers only; the sentences stay outside the repository. The hypotheses are made here as in
test/perturbed-corpus.ts; change both together.
"""

import json
import logging
import sys

import numpy as np
from sacrebleu import significance
from sacrebleu.metrics import BLEU, CHRF

logging.getLogger('sacrebleu').setLevel(logging.ERROR)
CORPUS_SIZE = 600
BLEU_OPTIONS = {
    '13a': {},
    'intl': {'tokenize': 'intl'},
    'none': {'tokenize': 'none'},
    'char': {'tokenize': 'char'},
    'zh': {'tokenize': 'zh'},
    'floor': {'smooth_method': 'floor'},
    'floor-0.5': {'smooth_method': 'floor', 'smooth_value': 0.5},
    'add-k': {'smooth_method': 'add-k'},
    'add-k-0.25': {'smooth_method': 'add-k', 'smooth_value': 0.25},
    'unsmoothed': {'smooth_method': 'none'},
    'effective': {'effective_order': True},
    'effective-unsmoothed': {'effective_order': True, 'smooth_method': 'none'},
    'effective-char': {'effective_order': True, 'tokenize': 'char'},
}
CHRF_OPTIONS = {'chrF2': {}, 'chrF2+': {'word_order': 1}, 'chrF2++': {'word_order': 2}}


def perturb(units, index, drop_every, swap_every):
    kept = [unit for place, unit in enumerate(units) if (index * 7 + place * 3) % drop_every != 0]
    for place in range(len(kept) - 1):
        if (index + place * 5) % swap_every == 0:
            kept[place], kept[place + 1] = kept[place + 1], kept[place]
    return kept


def corpus_of(references, split, joint):
    def changed(drop_every, swap_every, shift):
        return [
            joint.join(perturb(split(text), index + shift, drop_every, swap_every))
            for index, text in enumerate(references)
        ]

    return {
        'references': references,
        'mild': changed(11, 13, 0),
        'harsh': changed(5, 3, 0),
        'other': changed(11, 12, 4),
    }


def read_corpora(path):
    with open(path, encoding='utf8', newline='\n') as file:
        lines = [line for line in file.read().split('\n') if line != '']
    pairs = [lines[(index * 337) % len(lines)].split('\t') for index in range(CORPUS_SIZE)]
    return {
        'english': corpus_of([pair[1] for pair in pairs], lambda text: text.split(' '), ' '),
        'japanese': corpus_of([pair[0] for pair in pairs], list, ''),
    }


def scores_of(hypotheses, references):
    scores = {}
    for name, options in BLEU_OPTIONS.items():
        metric = BLEU(force=True, **options)
        result = metric.corpus_score(hypotheses, [references])
        scores[name] = {
            'score': result.score,
            'precisions': result.precisions,
            'brevityPenalty': result.bp,
            'hypothesisLength': result.sys_len,
            'referenceLength': result.ref_len,
            'signature': str(metric.get_signature()),
        }
    chrf = {}
    for name, options in CHRF_OPTIONS.items():
        metric = CHRF(**options)
        result = metric.corpus_score(hypotheses, [references])
        chrf[name] = {'score': result.score, 'signature': str(metric.get_signature())}
    return {'bleu': scores, 'chrf': chrf}


class ParkMiller:
    """Stands in for numpy's generator, so that the tests can draw the same resamples."""

    def __init__(self, _seed=None):
        self.state = 12345

    def choice(self, sentences, size, replace):
        assert replace
        drawn = np.empty(size[0] * size[1], dtype='int64')
        for index in range(len(drawn)):
            self.state = self.state * 16807 % 2147483647
            drawn[index] = self.state % sentences
        return drawn.reshape(size)


def metric_name_of(scores):
    return next(name for name in scores if name != 'System')


def paired(metric, baseline, system, references):
    """sacreBLEU's own test, once with the draws of the tests and once with numpy's."""

    def run():
        test = significance.PairedTest(
            [('baseline', baseline), ('system', system)], {'metric': metric}, [references], test_type='bs'
        )
        _, scores = test()
        # The other entry holds the systems' names.
        first, second = scores[metric_name_of(scores)]
        return {
            'baseline': {'score': first.score, 'mean': float(first.mean), 'halfWidth': float(first.ci)},
            'system': {'score': second.score, 'mean': float(second.mean), 'halfWidth': float(second.ci)},
            'pValue': second.p_value,
        }

    with_numpy = run()
    numpy_generator = np.random.default_rng
    np.random.default_rng = ParkMiller
    with_park_miller = run()
    np.random.default_rng = numpy_generator
    return {'numpy': with_numpy, 'parkMiller': with_park_miller}


def as_json(value, depth=0):
    """A line for each innermost object, so that a change shows as the lines it touches."""
    if not isinstance(value, dict) or not any(isinstance(inner, dict) for inner in value.values()):
        return json.dumps(value)
    inside = ' ' * (depth + 1)
    entries = [f'{inside}{json.dumps(name)}: {as_json(inner, depth + 1)}' for name, inner in value.items()]
    return '{\n' + ',\n'.join(entries) + '\n' + ' ' * depth + '}'


def main(corpus_path, odd_cases_path):
    corpora = read_corpora(corpus_path)
    with open(odd_cases_path, encoding='utf8') as file:
        odd_cases = json.load(file)
    english = corpora['english']
    golden = {
        'corpora': {
            language: {
                system: scores_of(corpus[system], corpus['references']) for system in ('mild', 'harsh', 'other')
            }
            for language, corpus in corpora.items()
        },
        'oddCases': {
            name: scores_of(case['hypotheses'], case['references']) for name, case in odd_cases.items()
        },
        'paired': {
            metric_name: {
                system: paired(make(), english['mild'], english[system], english['references'])
                for system in ('mild', 'harsh', 'other')
            }
            for metric_name, make in (('bleu', BLEU), ('chrf', CHRF))
        },
    }
    print(as_json(golden))


main(*sys.argv[1:])
