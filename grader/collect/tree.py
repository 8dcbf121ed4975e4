"""What was found, before anybody asks whose it is: a folder on disk and a zip give the same tree."""

from dataclasses import dataclass, field

from grader.notebook import MAX_NOTEBOOK_BYTES

MAX_DEPTH = 16
"""Folders within folders, zips included. The deepest download known has four."""
MAX_ENTRIES = 100_000
"""Files and folders of one place. Beyond it the path is more likely a slip, such as `/`."""
LITTER = {"__MACOSX", ".DS_Store", ".git", "Thumbs.db", "desktop.ini"}

TOO_LARGE = (
    f"The file is larger than {MAX_NOTEBOOK_BYTES // 2**20} MiB. Clear the notebook's outputs, save it and "
    "hand it in again."
)


@dataclass(frozen=True)
class Found:
    """A file that calls itself a notebook: its bytes, or why they could not be had."""

    name: str
    path: str
    content: bytes = b""
    problem: str | None = None


@dataclass
class Folder:
    """A folder or a zip with all that stands below it. Names and paths are clean_name's."""

    name: str
    path: str
    is_archive: bool = False
    notebooks: list[Found] = field(default_factory=list)
    folders: list["Folder"] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Names of files that are no notebooks."""
    problem: str | None = None
    """Why it could not be looked into."""

    def list_notebooks(self) -> list[Found]:
        """Its own notebooks and those of all folders below it."""
        return self.notebooks + [found for folder in self.folders for found in folder.list_notebooks()]

    def list_others(self) -> list[str]:
        """Names of all files below it that are no notebooks."""
        return self.others + [name for folder in self.folders for name in folder.list_others()]

    def list_problems(self) -> list[str]:
        """Why it, or a folder below it, could not be looked into; each with its path."""
        own = [f"{self.path}: {self.problem}"] if self.problem else []
        return own + [problem for folder in self.folders for problem in folder.list_problems()]

    def has_something(self) -> bool:
        """Whether there is a notebook below it, or a place that could not be looked into."""
        return bool(self.problem or self.notebooks) or any(folder.has_something() for folder in self.folders)


def is_notebook(name: str) -> bool:
    """Whether a file name ends as a notebook's does."""
    return name.casefold().endswith(".ipynb")


def is_archive(name: str) -> bool:
    """Whether a file name ends as a zip's does."""
    return name.casefold().endswith(".zip")


def is_litter(name: str) -> bool:
    """Whether an operating system or an editor left it: hidden folders, macOS resource forks and the like."""
    return name.startswith(("._", ".ipynb_checkpoints")) or name in LITTER


def join_path(parent: str, name: str) -> str:
    """A path for people to read."""
    return f"{parent}/{name}" if parent else name
