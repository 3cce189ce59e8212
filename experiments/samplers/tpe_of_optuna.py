"""Lowest values that Optuna's TPE finds of the functions of test-functions.ts; their values come by a pipe.

Reads {"functions": [{"name", "space"}], "seeds", "evaluations"} as one line, then for each trial writes
{"function", "values"} and reads the function's value; ends with a line {"best": {function: [by seed]}}.
"""

import json
import sys
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.CRITICAL)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)


def is_active(spec, drawn):
    def holds(name, wanted):
        return drawn.get(name) in (wanted if isinstance(wanted, list) else [wanted])

    return all(holds(name, wanted) for name, wanted in spec.get("when", {}).items())


def suggest(trial, space):
    drawn = {}
    for name, spec in space.items():
        if not is_active(spec, drawn):
            continue
        if spec["type"] == "choice":
            drawn[name] = trial.suggest_categorical(name, spec["values"])
        else:
            drawn[name] = trial.suggest_float(name, spec["low"], spec["high"], log=spec["log"])
    return drawn


def best_of(function, seed, evaluations):
    def objective(trial):
        values = suggest(trial, function["space"])
        print(json.dumps({"function": function["name"], "values": values}), flush=True)
        return float(sys.stdin.readline())

    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=evaluations)
    return study.best_value


task = json.loads(sys.stdin.readline())
best = {
    function["name"]: [best_of(function, seed, task["evaluations"]) for seed in range(1, task["seeds"] + 1)]
    for function in task["functions"]
}
print(json.dumps({"best": best}), flush=True)
