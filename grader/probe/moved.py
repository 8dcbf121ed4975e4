"""Imports this package in one folder so that it looks as if it had been imported in another."""

import sys
from importlib.machinery import FileFinder, SourceFileLoader
from types import CodeType


class Move:
    """A folder of packages that stands in one place, and is to be known by another."""

    def __init__(self, here: str, there: str) -> None:
        self._here = here
        self._there = there

    def name(self, path: str) -> str:
        """What a path in the folder is to be known by; another path as it is."""
        is_inside = path == self._here or path.startswith(f"{self._here}/")
        return self._there + path.removeprefix(self._here) if is_inside else path

    def begin(self) -> None:
        """Compile what is imported from now on under the other names: tracebacks and stacks show them."""
        sys.path_hooks.insert(0, self._find)
        sys.path_importer_cache.clear()

    def complete(self) -> None:
        """Look in the other place from now on, for sources and for what is still to be imported."""
        sys.path_hooks.remove(self._find)
        sys.path_importer_cache.clear()
        sys.path[:] = map(self.name, sys.path)
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if not isinstance(file, str) or self.name(file) == file:
                continue
            module.__file__ = self.name(file)
            if getattr(module, "__path__", None):
                module.__path__ = [self.name(folder) for folder in module.__path__]
            if module.__spec__ is not None:
                loader = SourceFileLoader(module.__spec__.name, module.__file__)
                module.__spec__.origin, module.__spec__.loader = module.__file__, loader
                module.__loader__ = loader

    def _find(self, folder: str) -> FileFinder:
        if self.name(folder) == folder:
            raise ImportError("this folder stays where it is")
        move = self

        class Loader(SourceFileLoader):
            def get_code(self, fullname: str) -> CodeType:
                # Not what lies compiled beside the file, which has its name here.
                path = self.get_filename(fullname)
                return compile(self.get_data(path), move.name(path), "exec", dont_inherit=True)

        return FileFinder(folder, (Loader, [".py"]))
