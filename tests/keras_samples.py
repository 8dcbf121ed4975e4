"""Trainings in Keras as the probe sees them, in processes of their own: each a task of one notebook."""

from importlib.util import find_spec
from typing import Any

import pytest
from probe_scripts import SEED, run

WATCH = f"""
import ast, contextlib, io, os, tempfile
home = tempfile.TemporaryDirectory()
os.environ.update(KERAS_BACKEND="torch", KERAS_TORCH_DEVICE="cpu", KERAS_HOME=home.name)
os.chdir(home.name)
import keras
from grader.probe.tasks import Probe
from grader.probe.stopping import LoopMarker
from grader.records import name_losses

def watch(mode="full", steps=None, seed={SEED}):
    probe = Probe(seed=seed, map_devices=True, mode=mode, steps=steps)
    probe.install()
    notebook = {{"__name__": "__main__"}}
    probe.places.namespace = notebook
    return probe, notebook

def do(probe, notebook, task, source, *variables):
    content = {{"task": task, "keep": [0, 1, 2], "keep_every": False, "variables": variables}}
    probe.begin_task(content, notebook, lambda *_: None)
    tree, error = ast.parse(source), None
    if probe.stopper is not None:
        tree = ast.fix_missing_locations(LoopMarker().visit(tree))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(tree, "cell", "exec"), notebook)
    except BaseException as raised:
        error = f"{{type(raised).__name__}}: {{raised}}"
    record, arrays = probe.end_task(content, notebook)
    losses = arrays.get(name_losses(task))
    found[task] = record.model_dump(mode="json")
    found[task] |= {{"error": error, "losses": [] if losses is None else losses.tolist()}}
"""

SETUP = """
import keras, numpy as np
rng = np.random.default_rng(1)
x = rng.integers(0, 20, (48, 6))
y = (x[:, -1] > 9).astype("float32")

def build(*last, **settings):
    return keras.Sequential([
        keras.Input(shape=(6,)),
        keras.layers.Embedding(20, 4),
        keras.layers.LSTM(3, **settings),
        *last,
        keras.layers.Dense(1, activation="sigmoid"),
    ])

def fit(model, epochs=3, optimizer=None, **settings):
    optimizer = optimizer or keras.optimizers.RMSprop(0.01)
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    settings = {"batch_size": 16, "validation_data": (x[:16], y[:16]), "verbose": 0, **settings}
    return model.fit(x, y, epochs=epochs, **settings).history
"""

SIZES = {"Embedding": 80, "LSTMCell": 4 * (4 * 3 + 3 * 3 + 3), "Dense": 4}
"""Parameters by the layer that owns them."""


def watch(tasks: dict[str, tuple[str, list[str]]], **settings: Any) -> dict[str, Any]:
    """What the probe leaves of each of these tasks: source, and names of variables."""
    if find_spec("keras") is None:
        pytest.skip("the extra keras is not installed")
    words = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    parts = [WATCH, f"probe, notebook = watch({words})", f"exec({SETUP!r}, notebook)"]
    for task, (source, variables) in tasks.items():
        parts.append(f"do(probe, notebook, {task!r}, {source!r}, *{variables!r})")
    return run(*parts)
