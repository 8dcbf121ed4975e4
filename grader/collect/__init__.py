"""Finds what a class handed in: notebooks, folders, zips and the downloads of learning platforms."""

from pathlib import Path

from grader.collect.archive import open_archive
from grader.collect.folder import open_folder, read_regular_file
from grader.collect.group import group_by_student
from grader.collect.names import clean_name
from grader.collect.tree import Folder, is_notebook
from grader.errors import CollectError
from grader.records import Submission

__all__ = ["collect_submissions"]

REMEDY = (
    "Give a notebook (.ipynb), a folder of notebooks, a folder with one folder a student, or a zip of these."
)


def collect_submissions(source: Path) -> list[Submission]:
    """Every student's submission, sorted by where it was found, each with a name of its own.

    `source` is a notebook, a folder or a zip; it may be a link, what stands inside it may not. Files are
    read, notebooks are not parsed. Whatever is wrong with one student's hand-in stands in that submission's
    `problem`, so that nobody is missing from the result.

    Raises CollectError if the place does not exist, is something else, or holds nothing like a submission.
    """
    shown = clean_name(str(source))
    try:
        # The person at the keyboard may point through a link; links that students made are never followed.
        real = source.resolve(strict=True)
        is_folder, is_file = real.is_dir(), real.is_file()
    except FileNotFoundError:
        raise CollectError(f"There is no {shown}. {REMEDY}") from None
    except (OSError, RuntimeError) as error:
        raise CollectError(f"{shown} cannot be reached: {error}. Check its permissions.") from None
    if is_folder:
        root = open_folder(real)
        if root.problem:
            raise CollectError(f"{shown}: {root.problem}")
    elif is_file and is_notebook(source.name):
        root = Folder(name="", path="", notebooks=[read_regular_file(real, clean_name(source.name))])
    elif is_file and source.suffix.casefold() == ".zip":
        root = open_archive(real)
        if root.problem:
            raise CollectError(f"{shown}: {root.problem}")
    else:
        raise CollectError(f"{shown} is neither a folder nor a notebook nor a zip. {REMEDY}")
    submissions = group_by_student(root)
    if not submissions:
        raise CollectError(f"Nothing in {shown} looks like a submission{_say_contents(root)}. {REMEDY}")
    return submissions


def _say_contents(root: Folder) -> str:
    names = sorted([*root.others, *(folder.name + "/" for folder in root.folders)])
    if not names:
        return ": it is empty"
    return f": it holds {', '.join(names[:5])}" + (f" and {len(names) - 5} more" if len(names) > 5 else "")
