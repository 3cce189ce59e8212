"""python optuna_ask.py HISTORY.json: how long Optuna's TPE takes to ask for a trial.

HISTORY is {"asks": N, "warmUp": N, "trials": [{"values": {...}, "value": loss}]} over the space below. Prints the
milliseconds of each ask after the warm-up, as JSON.
"""
import json
import sys
import time
from pathlib import Path

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

optuna.logging.set_verbosity(optuna.logging.ERROR)
request = json.loads(Path(sys.argv[1]).read_text())
space = {
    "learningRate": FloatDistribution(1e-4, 1e-2, log=True),
    "dropout": FloatDistribution(0, 0.5, step=0.05),
    "hiddenSize": IntDistribution(64, 1024, log=True),
    "layers": IntDistribution(1, 6),
    "attention": CategoricalDistribution(["none", "dot", "general"]),
}
feeding = {"inputFeeding": CategoricalDistribution([True, False])}


def suggest(trial):
    for name, distribution in space.items():
        trial._suggest(name, distribution)
    if trial.params["attention"] != "none":
        trial._suggest("inputFeeding", feeding["inputFeeding"])


study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=2))
study.add_trials(
    optuna.trial.create_trial(
        params=trial["values"],
        distributions={name: {**space, **feeding}[name] for name in trial["values"]},
        value=trial["value"],
    )
    for trial in request["trials"]
)
times = []
for _ in range(request["warmUp"] + request["asks"]):
    started = time.perf_counter()
    trial = study.ask()
    suggest(trial)
    times.append((time.perf_counter() - started) * 1000)
    study.tell(trial, state=optuna.trial.TrialState.FAIL)
print(json.dumps(times[request["warmUp"] :]))
