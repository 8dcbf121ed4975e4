"""Stands for otter's client, which a notebook of otter's calls where its own tests should run.

Here the tests of the assignment run, and none that lie beside the notebook, so the client does nothing:
`grader.check("q1")` must not fail, whether or not otter is installed.
"""

import types
from typing import Any

NAME = "otter"


class OtterNotebook:
    """Takes whatever `otter.Notebook` takes, and does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _do_nothing


class OtterModule(types.ModuleType):
    """Has a `Notebook`, and functions that do nothing."""

    Notebook = OtterNotebook

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__all__ = ["Notebook"]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return OtterModule(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


def _do_nothing(*args: Any, **kwargs: Any) -> None: ...
