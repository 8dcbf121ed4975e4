"""Faults built into code for Keras: each edit finds what it changes in two habits, and changes no more."""

import ast
from collections.abc import Callable
from difflib import unified_diff

import pytest
from conftest import ROOT

LISTED = """
model = keras.Sequential([keras.Input(shape=(6,)), keras.layers.Embedding(20, 4),
                          keras.layers.LSTM(3, dropout=0.3), keras.layers.Dense(1)])
model.summary()
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.005), loss="mse")
stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
history = model.fit(x, y, epochs=20, callbacks=[stop]).history
plt.plot(history["loss"])
plt.plot(history["val_loss"])
model.save("m.keras")
np.save("m.npy", x)
loaded = keras.models.load_model("m.keras", compile=False)
"""
ADDED = """
model = Sequential()
model.add(LSTM(units=3))
model.add(Dropout(0.3))
model.add(Dense(1))
model.compile(optimizer=optimizers.RMSprop(learning_rate=0.005))
model.fit(x=x, y=y, epochs=5)
"""


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, list[str]]]:
    """The new lines of every mutant, by its name."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from keras_edits import list_keras_mutants

    def find(source: str) -> dict[str, list[str]]:
        before = ast.unparse(ast.parse(source)).splitlines()
        return {
            mutant.name: [
                line[1:]
                for line in unified_diff(before, mutant.source.splitlines(), n=0)
                if line.startswith("+") and not line.startswith("+++")
            ]
            for mutant in list_keras_mutants(source)
        }

    return find


@pytest.mark.parametrize(
    ("source", "name", "new"),
    [
        (LISTED, "units_+1", "keras.layers.LSTM(4, dropout=0.3)"),
        (ADDED, "units_-1", "LSTM(units=2)"),
        (LISTED, "layer_1_is_GRU", "keras.layers.GRU(3, dropout=0.3)"),
        (ADDED, "layer_1_is_GRU", "model.add(__import__('keras').layers.GRU(units=3))"),
        (LISTED, "frozen_1_Embedding", "keras.layers.Embedding(20, 4, trainable=False)"),
        (ADDED, "frozen_2_Dense", "model.add(Dense(1, trainable=False))"),
        (LISTED, "dropout_missing", "keras.layers.LSTM(3, dropout=0.0)"),
        (ADDED, "dropout_missing", "model.add(Dropout(0.0))"),
        ("model.add(Dropout(rate=0.3))", "dropout_missing", "model.add(Dropout(rate=0.0))"),
        (LISTED, "learning_rate_tenth", "RMSprop(learning_rate=0.0005)"),
        (
            "o = RMSprop(learning_rate=1)",
            "optimizer_sgd",
            "o = __import__('keras').optimizers.SGD(learning_rate=1)",
        ),
        (ADDED, "learning_rate_ten_times", "RMSprop(learning_rate=0.05)"),
        (LISTED, "optimizer_sgd", "keras.optimizers.SGD(learning_rate=0.005)"),
        (LISTED, "labels_shifted", "model.fit(x, __import__('numpy').roll(y, 1), epochs=20"),
        (ADDED, "labels_shifted", "model.fit(x=x, y=__import__('numpy').roll(y, 1), epochs=5)"),
        (LISTED, "epochs_tenth", "model.fit(x, y, epochs=2,"),
        (ADDED, "epochs_tenth", "epochs=1)"),
        (LISTED, "callbacks_missing", "model.fit(x, y, epochs=20).history"),
        (LISTED, "best_not_restored", "restore_best_weights=False"),
        (LISTED, "curve_twice", "plt.plot(history['loss'])"),
        (LISTED, "summary_missing", "model.get_config()"),
        (LISTED, "loaded_is_clone", "keras.models.clone_model(model)"),
    ],
)
def test_each_edit_changes_one_line(
    changes: Callable[[str], dict[str, list[str]]], source: str, name: str, new: str
) -> None:
    """In a list of layers and in calls of `add`, with numbers given by place and by name."""
    [line] = changes(source)[name]
    assert new in line


def test_what_is_no_keras_has_no_fault(changes: Callable[[str], dict[str, list[str]]]) -> None:
    """Neither plain values nor a network that is not trained."""
    assert {} == changes("by_hand = 3 * (16 * 8 + 8 * 8 + 8); summary(); np.save('a', b)")
    assert {"units_+1", "units_-1", "layer_1_is_SimpleRNN"} == changes("layer = GRU(8)").keys()
