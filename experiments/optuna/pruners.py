"""What Optuna's pruners decide on given curves. Reads a list of cases on standard input, writes their answers.

Case: {"pruner": name, "options": {...}, "curves": [[value, ...], ...], "order": [trial, ...], "stops": bool}.
Each entry of `order` is the next report of that trial, at steps 1, 2, ...; with `stops` a pruned trial reports
no more, else it goes on. Answer: {"pruned": [bool, ...], "brackets": [...]}, one bool a report.
"""

import json
import sys
import warnings

import optuna
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")

PRUNERS = {
    "median": optuna.pruners.MedianPruner,
    "halving": optuna.pruners.SuccessiveHalvingPruner,
    "hyperband": optuna.pruners.HyperbandPruner,
    "patient": lambda **options: optuna.pruners.PatientPruner(None, **options),
}


def answer(case):
    pruner = PRUNERS[case["pruner"]](**case["options"])
    study = optuna.create_study(study_name="curves", pruner=pruner)
    curves = case["curves"]
    trials = [study.ask() for _ in curves]
    reported = [0] * len(curves)
    stopped = set()
    pruned = []
    for number in case["order"]:
        if number in stopped:
            continue
        trial, curve = trials[number], curves[number]
        reported[number] += 1
        step = reported[number]
        trial.report(curve[step - 1], step)
        pruned.append(bool(trial.should_prune()))
        if pruned[-1] and case["stops"]:
            study.tell(trial, state=TrialState.PRUNED)
            stopped.add(number)
        elif step == len(curve):
            study.tell(trial, curve[-1])
    return {"pruned": pruned, "brackets": brackets(study, pruner) if case["pruner"] == "hyperband" else []}


def brackets(study, pruner):
    return [pruner._get_bracket_id(study, trial) for trial in study.get_trials(deepcopy=False)]


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
