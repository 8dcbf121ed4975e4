"""What stands for a module that is not installed, and for what a cell takes out of it."""

import types
from typing import Any

HOSTED = "google"
"""`google.colab` has work to do on its own machines alone: here its functions do nothing."""


class AbsentModule(types.ModuleType):
    """Stands for a module that is not installed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__all__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        if self.__name__.split(".")[0] == HOSTED:
            return InertName(full)
        return AbsentName(full)


class AbsentName:
    """Something imported from a module that is not installed: using it says so."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return AbsentName(f"{self._name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise ModuleNotFoundError, late but in place."""
        raise ModuleNotFoundError(f"{self._name} cannot be used: it is not installed where this is graded")


class InertName(AbsentName):
    """Something of a hosted service: it can be called and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return InertName(f"{self._name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do nothing."""
