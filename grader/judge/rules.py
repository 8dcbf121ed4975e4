"""Rules about what was trained, read off the trace: names, wrappers and imports change nothing."""

from collections.abc import Iterable, Iterator, Sequence

from grader.records import TaskRun

LAYERS: dict[str, tuple[str, ...]] = {
    "RNN": ("rnn_tanh", "rnn_relu"),
    "LSTM": ("lstm",),
    "GRU": ("gru",),
    "RNNCell": ("rnn_tanh_cell", "rnn_relu_cell"),
    "LSTMCell": ("lstm_cell",),
    "GRUCell": ("gru_cell",),
}
"""torch.nn's recurrent layers, and the functions that do their work below them."""

LAYERS_OF_TORCH = "torch.nn.modules."
LAYERS_OF_KERAS = "keras.src.layers."


def name_layer(layer: str) -> str:
    """Qualified class of a recurrent layer, such as `torch.nn.modules.rnn.RNNCell`."""
    return f"{LAYERS_OF_TORCH}rnn.{layer}"


def find_trained_layers(run: TaskRun, layers: Iterable[str]) -> list[str]:
    """Those of the layers that own a tensor that was stepped, themselves or as a base class."""
    # What torch calls Conv2d, Keras calls Conv2D.
    trained = {
        name.casefold() for module in run.modules if module.trained for name in _name_layers(module.bases)
    }
    return [layer for layer in layers if layer.casefold() in trained]


def _name_layers(bases: Sequence[str]) -> Iterator[str]:
    """What a module is among the layers of torch.nn and of Keras, told by its classes, its own first."""
    for base in bases:
        if base.startswith(LAYERS_OF_TORCH):
            yield base.rpartition(".")[2]
        if base.startswith(LAYERS_OF_KERAS):
            yield base.rpartition(".")[2]
            # There every recurrent layer is derived from one called RNN, which is no plain one.
            return


def find_called_layers(run: TaskRun, layers: Iterable[str]) -> list[str]:
    """Those of the layers whose functions ran while the network was trained."""
    called = {name.removeprefix("_VF.").removeprefix("aten::") for name in run.functions}
    return [layer for layer in layers if called & set(LAYERS.get(layer, ()))]


def find_idle_layers(run: TaskRun, layers: Iterable[str]) -> list[str]:
    """Those of torch's recurrent layers that are trained though what works below them never ran."""
    trained = {base for module in run.modules if module.trained for base in module.bases}
    found = [layer for layer in layers if layer in LAYERS and name_layer(layer) in trained]
    return [layer for layer in found if not find_called_layers(run, [layer])]


def find_own_classes(run: TaskRun) -> list[str]:
    """Classes of the notebook's own that ran in training and hold a tensor that was stepped."""
    return [
        module.name.removeprefix("__main__.")
        for module in run.modules
        if module.trained and any(base.startswith("__main__.") for base in module.bases)
    ]


def describe_owners(run: TaskRun) -> str:
    """What was trained, in words, such as `RNN (4 tensors), Linear (2 tensors)`."""
    counts: dict[str, int] = {}
    for tensor in run.tensors:
        if not tensor.moved:
            continue
        owner = tensor.owner.rpartition(".")[2] or "tensors of no module"
        counts[owner] = counts.get(owner, 0) + 1
    words = [f"{owner} ({count} {'tensor' if count == 1 else 'tensors'})" for owner, count in counts.items()]
    return ", ".join(words) or "nothing"
