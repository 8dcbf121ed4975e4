"""What the probe sees of trainings in Keras, in real Keras on torch."""

from statistics import fmean
from typing import Any

import pytest
from keras_samples import SIZES, watch

TASKS = {
    "fit": ("model = build()\nhistory = fit(model)\nlogs = [history['loss'], history['val_loss']]", ["logs"]),
    "again": ("keras.utils.set_random_seed(99)\nfit(build())", ["x"]),
    "frozen": ("model = build()\nmodel.layers[0].trainable = False\nfit(model)", ["model"]),
    "batches": ("model = build()\nfit(model, 1)\nfor _ in range(4): model.train_on_batch(x, y)", ["x"]),
    "own loop": (
        """
import torch
model, optimizer = build(), keras.optimizers.Adam(0.02)
for _ in range(4):
    loss = keras.losses.binary_crossentropy(torch.tensor(y)[:, None], model(x)).mean()
    model.zero_grad()
    loss.backward()
    variables = model.trainable_variables
    with torch.no_grad():
        optimizer.apply([variable.value.grad for variable in variables], variables)
""",
        ["x"],
    ),
    "torch's optimizer": (
        """
import torch
model = build()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    keras.losses.binary_crossentropy(torch.tensor(y)[:, None], model(x)).mean().backward()
    optimizer.step()
""",
        ["x"],
    ),
    "class": (
        """
class Reader(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding, self.cells = keras.layers.Embedding(20, 4), [keras.layers.LSTM(3)]
        self.out = keras.layers.Dense(1, activation="sigmoid")
    def call(self, x):
        return self.out(self.cells[0](self.embedding(x)))
net = Reader()
fit(net)
""",
        ["net"],
    ),
    "shown": ("first = build()\nsecond = build()\nfirst.summary()\nthird = build()", ["first", "second"]),
    "network": ("net = build(keras.layers.Dropout(0.3), dropout=0.1)\nfit(net, 1)", ["net"]),
    "kept": (
        """
stopper = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
net = build()
fit(net, 30, keras.optimizers.RMSprop(1.0), callbacks=[stopper])
net.save("net.keras")
loaded = keras.models.load_model("net.keras")
""",
        ["net", "loaded"],
    ),
    "seeded": (
        """
rows = [keras.initializers.GlorotUniform(seed=seed)((2, 2)).tolist() for seed in (5, 6, 5)]
masks = keras.layers.Dropout(0.5, seed=7)
rows += [masks(np.ones((1, 40), "float32"), training=True).tolist() for _ in range(2)]
rows += [keras.random.normal((3,)).tolist()]
first, second, third, mask, following, _ = rows
drawn = repr(rows)
right = first == third and first != second and mask != following
""",
        ["drawn", "right"],
    ),
    "seeded otherwise": (
        """
rows = [keras.initializers.GlorotUniform(seed=seed)((2, 2)).tolist() for seed in (1, 2, 1)]
masks = keras.layers.Dropout(0.5, seed=3)
rows += [masks(np.ones((1, 40), "float32"), training=True).tolist() for _ in range(2)]
rows += [keras.random.normal((3,)).tolist()]
first, second, third, mask, following, _ = rows
drawn = repr(rows)
right = first == third and first != second and mask != following
""",
        ["drawn", "right"],
    ),
    "download": ("keras.datasets.imdb.load_data(num_words=500)", ["x"]),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What each task left in a full run."""
    return watch(TASKS)


def sum_sizes(run: dict[str, Any]) -> dict[str, int]:
    """Elements that were trained, by the layer that owns them."""
    sizes: dict[str, int] = {}
    for tensor in run["tensors"]:
        if tensor["moved"]:
            owner = tensor["owner"].rpartition(".")[2]
            sizes[owner] = sizes.get(owner, 0) + tensor["elements"]
    return sizes


@pytest.mark.parametrize(
    ("task", "steps"),
    [("fit", 9), ("again", 9), ("batches", 7), ("own loop", 4), ("torch's optimizer", 4), ("class", 9)],
)
def test_every_way_to_train_is_seen(found: dict[str, Any], task: str, steps: int) -> None:
    """Steps, losses, and whose the parameters are that were stepped, whoever drives the training."""
    run = found[task]
    assert (None, steps, steps) == (run["error"], run["steps"], len(run["losses"]))
    assert sum_sizes(run) == SIZES
    assert run["notes"] == []


def test_losses_are_those_that_fit_returns(found: dict[str, Any]) -> None:
    """An epoch's loss is the mean of its batches, and what its end logs is what the history holds."""
    run = found["fit"]
    (training,) = run["left"]["trainings"]
    means = [fmean(run["losses"][start : start + 3]) for start in (0, 3, 6)]
    assert means == pytest.approx([epoch["logs"]["loss"] for epoch in training["epochs"]], rel=1e-5)
    assert all(epoch["logs"]["val_loss"] > 0 for epoch in training["epochs"])
    assert 3 == len({epoch["digest"] for epoch in training["epochs"]})


def test_optimizer_is_named_with_its_settings(found: dict[str, Any]) -> None:
    """Under Keras' name, with the learning rate where torch's optimizers have it."""
    (optimizer,) = found["fit"]["optimizers"]
    assert "RMSprop" == optimizer["name"].rpartition(".")[2]
    assert optimizer["settings"]["lr"] == pytest.approx(0.01)
    assert 0.9 == optimizer["settings"]["rho"]


def test_seed_of_ones_own_changes_nothing(found: dict[str, Any]) -> None:
    """`keras.utils.set_random_seed` is answered with the grader's seed."""
    assert found["again"]["losses"] == found["fit"]["losses"]
    assert [99] == found["again"]["seeds"]


def test_frozen_layer_is_not_trained(found: dict[str, Any]) -> None:
    """Neither in the account of the training nor in the network."""
    assert {"LSTMCell", "Dense"} == set(sum_sizes(found["frozen"]))
    parameters = found["frozen"]["left"]["values"]["model"]["parameters"]
    assert [(20, 4)] == [tuple(each["shape"]) for each in parameters if not each["trainable"]]


def test_class_of_ones_own_takes_part(found: dict[str, Any]) -> None:
    """A model that is derived from keras.Model is found around its layers, lists of them included."""
    names = {module["name"] for module in found["class"]["modules"]}
    assert "__main__.Reader" in names
    assert {"LSTM", "LSTMCell", "Embedding", "Dense"} <= {name.rpartition(".")[2] for name in names}


def test_summary_is_told_from_others(found: dict[str, Any]) -> None:
    """Only the model whose summary was printed counts as shown, with the parameters it had."""
    values = found["shown"]["left"]["values"]
    assert ([sum(SIZES.values())], []) == (values["first"]["printed"], values["second"]["printed"])


def test_network_is_read_with_the_settings_of_its_layers(found: dict[str, Any]) -> None:
    """Weights without states of random generators, and what a recurrent layer leaves to its cell."""
    network = found["network"]["left"]["values"]["net"]
    shapes = [tuple(each["shape"]) for each in network["parameters"]]
    assert [(20, 4), (4, 12), (3, 12), (12,), (3, 1), (1,)] == shapes
    layers = {each["name"].rpartition(".")[2]: each["settings"] for each in network["layers"]}
    assert (3, 0.1, False) == tuple(layers["LSTM"][key] for key in ("units", "dropout", "return_sequences"))
    assert (20, 0.3) == (layers["Embedding"]["input_dim"], layers["Dropout"]["dropout"])
    assert "sigmoid" == layers["Dense"]["activation"]


def test_best_epoch_is_known_by_its_numbers(found: dict[str, Any]) -> None:
    """What early stopping restores, and what is loaded from a file, are the numbers of the best epoch."""
    left = found["kept"]["left"]
    (training,) = left["trainings"]
    scores = [epoch["logs"]["val_loss"] for epoch in training["epochs"]]
    best = training["epochs"][scores.index(min(scores))]
    assert best["digest"] == left["values"]["net"]["digest"] == left["values"]["loaded"]["digest"]
    assert best["digest"] != training["epochs"][-1]["digest"]
    stopper = next(each for each in training["callbacks"] if each["name"].endswith(".EarlyStopping"))
    assert (1, "val_loss") == (stopper["settings"]["patience"], stopper["settings"]["monitor"])


def test_seeds_of_single_layers_are_answered(found: dict[str, Any]) -> None:
    """Other numbers change nothing; equal ones stay equal, others differ, and so do masks step by step."""
    values = found["seeded"]["left"]["values"]
    assert values["right"]["value"] is True
    assert values == found["seeded otherwise"]["left"]["values"]


def test_download_is_refused_with_a_remedy(found: dict[str, Any]) -> None:
    """The message says what to use in its place."""
    error = found["download"]["error"]
    assert error.startswith("ConnectionError: https://")
    assert "set-up cells" in error


REPLAYED = {
    "fit": ("model = build()\nfit(model, 50)\nbehind = True", ["behind"]),
    "fit in a loop": ("model = build()\nfor _ in range(9): fit(model, 1)\nbehind = True", ["behind"]),
    "batches": (
        "model = build()\nfit(model, 1)\nfor _ in range(50): model.train_on_batch(x, y)\nbehind = True",
        ["behind"],
    ),
    "two": ("fit(build(), 50)\nmodel = build()\nfit(model, 50)\nbehind = True", ["behind"]),
}


@pytest.fixture(scope="module")
def replayed() -> dict[str, Any]:
    """What each task left in a replay that keeps two steps."""
    return watch(REPLAYED, mode="hidden", steps=2, seed=7)


@pytest.mark.parametrize("task", REPLAYED)
def test_replay_leaves_fit_without_its_noticing(replayed: dict[str, Any], task: str) -> None:
    """After two steps, without an exception, and what stands behind it runs on."""
    run = replayed[task]
    assert (None, 2, 2) == (run["error"], run["steps"], len(run["losses"]))
    assert run["left"]["values"]["behind"]["value"]
    assert all(len(training["epochs"]) <= 2 for training in run["left"]["trainings"])


def test_other_seed_gives_other_numbers(found: dict[str, Any], replayed: dict[str, Any]) -> None:
    """The first loss of a replay is that of other initial values; the second, of moved ones, too."""
    first, second = replayed["fit"]["losses"], found["fit"]["losses"]
    assert all(abs(ours - theirs) > 1e-4 for ours, theirs in zip(first, second, strict=False))


IMPORTS = {
    "names": "from tensorflow.keras.layers import LSTM, Dense\nright = LSTM is keras.layers.LSTM",
    "package": "from tensorflow import keras as k\nright = k.Sequential is keras.Sequential",
    "attribute": "import tensorflow as tf\nright = tf.keras.layers.GRU is keras.layers.GRU",
    "part": "import tensorflow.keras.layers as layers\nright = layers.Dense is keras.layers.Dense",
    "several": "from tensorflow.keras import layers, models\nright = models.Model is keras.Model",
    "preprocessing": (
        "from tensorflow.keras.preprocessing.sequence import pad_sequences\n"
        "right = pad_sequences([[1, 2]], maxlen=3).tolist() == [[0, 1, 2]]"
    ),
    "seed": "import tensorflow as tf\ntf.random.set_seed(3)\nright = True",
    "cards": "import tensorflow as tf\nright = len(tf.config.list_physical_devices('GPU')) == 0",
    "version": "import tensorflow as tf\nright = 'Keras' in tf.__version__",
}
REFUSED = {
    "tensor": ("import tensorflow as tf\ntf.constant(1)", "tensorflow.constant cannot be used"),
    "no part": ("from tensorflow.keras.nothing import at_all", "Keras 3 has no nothing"),
    "no name": ("from tensorflow.keras.layers import Nothing", "cannot import name 'Nothing'"),
}


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    """What each import left."""
    tasks = {task: (source, ["right"]) for task, source in IMPORTS.items()}
    return watch(tasks | {task: (source, ["x"]) for task, (source, _) in REFUSED.items()})


@pytest.mark.parametrize("task", IMPORTS)
def test_tensorflows_keras_is_keras(imported: dict[str, Any], task: str) -> None:
    """However it is imported."""
    assert imported[task]["error"] is None
    assert imported[task]["left"]["values"]["right"]["value"] is True


@pytest.mark.parametrize("task", REFUSED)
def test_rest_of_tensorflow_says_that_it_is_not_there(imported: dict[str, Any], task: str) -> None:
    """Where it is used, or imported by name from Keras."""
    assert REFUSED[task][1] in imported[task]["error"]
