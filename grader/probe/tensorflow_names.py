"""Answers `import tensorflow` with Keras, which Keras 3 lets run on torch.

Course material imports `tensorflow.keras`, and since TensorFlow 2.16 that is Keras' own package. Only a
notebook's cells are answered so: Keras itself looks for TensorFlow to find out what it can do.
"""

import importlib
import importlib.util
import types
from typing import Any

from grader.probe.absent_names import AbsentModule, AbsentName, InertName

TENSORFLOW = "tensorflow"
OF_KERAS = ("tensorflow.keras", "tensorflow.python.keras")
"""Where TensorFlow has, or had, what Keras offers."""
HOMES = ("keras._tf_keras.keras", "keras")
"""Where Keras keeps what it offers under TensorFlow's names, and everything else."""
INERT = frozenset({"config", "test", "get_logger", "compat", "autograph"})
"""Parts of TensorFlow that are asked about machines and messages."""


class _Config(InertName):
    """Knows of no graphics card: notebooks print how many there are."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("list_"):
            return lambda *_, **__: []
        return super().__getattr__(name)


class _Random(AbsentName):
    """Sets Keras' seeds where TensorFlow's are asked for."""

    def __getattr__(self, name: str) -> Any:
        if name == "set_seed":
            return importlib.import_module("keras").utils.set_random_seed
        return super().__getattr__(name)


class TensorflowModule(AbsentModule):
    """TensorFlow without anything but Keras: what else is used says that it is not installed."""

    def __init__(self) -> None:
        super().__init__(TENSORFLOW)
        self.keras = importlib.import_module(HOMES[0])
        self.config = _Config(f"{TENSORFLOW}.config")
        self.random = _Random(f"{TENSORFLOW}.random")
        keras = importlib.import_module("keras")
        self.__version__ = f"0 (Keras {keras.__version__} on torch)"

    def __getattr__(self, name: str) -> Any:
        return InertName(f"{TENSORFLOW}.{name}") if name in INERT else super().__getattr__(name)


def serve_tensorflow(name: str, *, names_follow: bool) -> types.ModuleType | None:
    """What an import of TensorFlow, or of a part of it, finds; None where Keras is not installed either.

    `names_follow` says that the import goes on to take names out of the module. Raises ModuleNotFoundError
    for a part that Keras does not have.
    """
    if importlib.util.find_spec("keras") is None:
        return None
    part = next((name[len(home) :] for home in OF_KERAS if (name + ".").startswith(home + ".")), None)
    if part is None:
        # `import tensorflow.data` is no more than `import tensorflow`; taking names out of it will say so.
        return TensorflowModule() if name == TENSORFLOW or not names_follow else AbsentModule(name)
    found = _import_part(name, part)
    return found if names_follow else TensorflowModule()


def _import_part(name: str, part: str) -> types.ModuleType:
    for home in HOMES:
        full = home + part
        try:
            return importlib.import_module(full)
        except ModuleNotFoundError as error:
            if error.name is None or not (full + ".").startswith(error.name + "."):
                raise
    raise ModuleNotFoundError(f"No module named {name!r}: Keras 3 has no {part.lstrip('.')}", name=name)
