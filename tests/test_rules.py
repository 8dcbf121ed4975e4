"""Rules about layers, read off what was trained."""

import pytest
import torch

from grader.judge.rules import LAYERS, find_idle_layers, find_trained_layers
from grader.records import ModuleTrace, TaskRun


def run_with(*classes: type, trained: bool = True) -> TaskRun:
    """A task in which objects of these classes ran, and were trained or not."""
    modules = tuple(
        ModuleTrace(
            name=f"{cls.__module__}.{cls.__qualname__}",
            bases=tuple(f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__),
            trained=trained,
        )
        for cls in classes
    )
    return TaskRun(task="1", modules=modules)


@pytest.mark.parametrize(
    "layer", ["RNN", "LSTMCell", "Linear", "Embedding", "Conv1d", "Conv2d", "BatchNorm2d", "LayerNorm"]
)
def test_any_layer_of_torch_can_be_named(layer: str) -> None:
    """A rule finds each layer under the name that torch.nn gives it, and no other."""
    run = run_with(getattr(torch.nn, layer))
    assert [layer] == find_trained_layers(run, [layer, "Bilinear"])


def test_layer_must_be_torchs_and_trained() -> None:
    """Neither a class of the notebook's own with such a name counts, nor a layer that only ran."""
    own = type("Conv2d", (torch.nn.Module,), {"__module__": "__main__"})
    assert [] == find_trained_layers(run_with(own), ["Conv2d"])
    assert [] == find_trained_layers(run_with(torch.nn.Conv2d, trained=False), ["Conv2d"])


def test_derived_layer_counts_as_its_base() -> None:
    """A class derived from a layer is that layer."""
    derived = type("Mine", (torch.nn.Conv2d,), {"__module__": "__main__"})
    assert ["Conv2d"] == find_trained_layers(run_with(derived), ["Conv2d"])


def name_bases(*names: str) -> TaskRun:
    """A task in which an object of the first of these classes was trained, derived from the others."""
    return TaskRun(task="1", modules=(ModuleTrace(name=names[0], bases=names, trained=True),))


def test_layer_of_keras_is_none_of_its_base_classes() -> None:
    """Keras derives every recurrent layer from one called RNN; a class of the notebook's own is its own."""
    lstm, base = "keras.src.layers.rnn.lstm.LSTM", "keras.src.layers.rnn.rnn.RNN"
    asked = ["RNN", "LSTM", "GRU"]
    assert ["LSTM"] == find_trained_layers(name_bases(lstm, base), asked)
    assert ["LSTM"] == find_trained_layers(name_bases("__main__.Mine", lstm, base), asked)
    assert [] == find_trained_layers(name_bases("__main__.LSTM"), asked)
    conv = "keras.src.layers.convolutional.conv2d.Conv2D"
    assert ["Conv2d"] == find_trained_layers(name_bases(conv), ["Conv2d", "Conv1d"])


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_whose_function_never_ran_is_idle(layer: str) -> None:
    """However its function was seen; another layer's function is not its own."""
    run = run_with(getattr(torch.nn, layer))
    own, other = LAYERS[layer][0], "lstm" if "Cell" in layer else "lstm_cell"
    assert [layer] == find_idle_layers(run, [layer])
    assert [layer] == find_idle_layers(run.model_copy(update={"functions": (f"_VF.{other}",)}), [layer])
    for seen in (f"_VF.{own}", f"aten::{own}"):
        assert [] == find_idle_layers(run.model_copy(update={"functions": (seen,)}), [layer])


def test_what_has_no_function_below_it_is_never_idle() -> None:
    """Other layers of torch are called at large, and those of Keras work in another way."""
    assert [] == find_idle_layers(run_with(torch.nn.Linear), ["Linear"])
    assert [] == find_idle_layers(name_bases("keras.src.layers.rnn.lstm.LSTM"), ["LSTM"])
