"""Decides whose each notebook is, and never which of several is meant."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.collect.names import Owner, read_owner, read_owners
from grader.collect.tree import Folder, Found
from grader.records import Submission

NAMED = 5
"""Files that a message lists before it only counts."""


@dataclass
class HandIn:
    """All that was found of one student."""

    owner: Owner
    where: str
    """The folder that holds the students' files or folders; empty for the place that was collected."""
    path: str
    notebooks: list[Found] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def group_by_student(root: Folder) -> list[Submission]:
    """One submission a student, sorted by where it was found; none if nothing looks like one."""
    hand_ins = [hand_in for level in find_class_folders(root) for hand_in in _list_hand_ins(level)]
    names = _choose_names(hand_ins)
    submissions = [_make_submission(hand_in, name) for hand_in, name in zip(hand_ins, names, strict=True)]
    return sorted(submissions, key=lambda submission: (submission.file, submission.student))


def find_class_folders(folder: Folder) -> list[Folder]:
    """The folders whose own files and folders are one student's each.

    A folder that holds a notebook directly is taken for a student's, and so are its neighbours. Where none
    does, a lone folder is a wrapper around the class, folders with several folders of notebooks each are
    sections of it, and any others are students who put their notebook one folder deeper.
    """
    children = folder.folders
    sole = children[0] if len(children) == 1 and not folder.notebooks else None
    if sole and folder.is_archive and len(sole.notebooks) > 1:
        # Packing a folder of notebooks puts its name before each of them.
        return [sole]
    if folder.notebooks or any(_belongs_to_student(child) for child in children):
        return [folder]
    if sole:
        return find_class_folders(sole)
    if any(sum(inner.has_something() for inner in child.folders) > 1 for child in children):
        return [level for child in children for level in find_class_folders(child)]
    return [folder]


def _belongs_to_student(folder: Folder) -> bool:
    return bool(folder.notebooks or folder.problem or folder.is_archive or read_owner(folder.name))


def _list_hand_ins(level: Folder) -> list[HandIn]:
    archives = [folder.name for folder in level.folders if folder.is_archive]
    owners = read_owners([found.name for found in level.notebooks] + archives, level.others)
    hand_ins: dict[Owner, HandIn] = {}

    def enter(owner: Owner, path: str) -> HandIn:
        return hand_ins.setdefault(owner, HandIn(owner, level.path, path))

    for found in level.notebooks:
        author = owners.get(found.name) or Owner(_drop_suffix(found.name))
        enter(author, found.path).notebooks.append(found)
    is_class_of_folders = any(folder.has_something() for folder in level.folders)
    for folder in level.folders:
        owner = owners.get(folder.name) if folder.is_archive else read_owner(folder.name)
        if owner or is_class_of_folders:
            name = _drop_suffix(folder.name) if folder.is_archive else folder.name
            hand_in = enter(owner or Owner(name), folder.path)
            hand_in.notebooks += folder.list_notebooks()
            hand_in.others += folder.list_others()
            hand_in.problems += folder.list_problems()
    for name in level.others:
        # A stray file of the teacher's is nobody's; one that a platform named is some student's.
        if name in owners:
            enter(owners[name], f"{level.path}/{name}" if level.path else name).others.append(name)
    return list(hand_ins.values())


def _drop_suffix(name: str) -> str:
    return PurePosixPath(name).stem


def _choose_names(hand_ins: list[HandIn]) -> list[str]:
    """A name for each that no other has: namesakes get their folder, then their number, then a count."""
    names = [hand_in.owner.student for hand_in in hand_ins]
    for detail in ([hand_in.where for hand_in in hand_ins], [hand_in.owner.number for hand_in in hand_ins]):
        count = Counter(names)
        names = [
            f"{name} ({more})" if count[name] > 1 and more else name
            for name, more in zip(names, detail, strict=True)
        ]
    seen: set[str] = set()
    last: Counter[str] = Counter()
    unique = []
    for name in names:
        chosen = name
        while chosen in seen:
            last[name] += 1
            chosen = f"{name} ({last[name] + 1})"
        seen.add(chosen)
        unique.append(chosen)
    return unique


def _make_submission(hand_in: HandIn, student: str) -> Submission:
    kept, notes = _leave_aside(hand_in.notebooks)
    notes += [f"Left aside: {problem}" for problem in hand_in.problems]
    if not kept:
        problem = hand_in.problems[0] if hand_in.problems else _say_nothing_found(hand_in.others)
        return Submission(student=student, file=hand_in.path, problem=problem)
    if len(kept) > 1:
        paths = [found.path for found in kept]
        problem = (
            f"{len(paths)} notebooks were handed in: {_list_some(paths)}. Keep the one to be graded and "
            "move the others away; if they are different students', give each a folder of its own or put all "
            "into one folder and grade that."
        )
        return Submission(student=student, file=hand_in.path, problem=problem, notes=tuple(notes))
    found = kept[0]
    if found.problem:
        return Submission(student=student, file=found.path, problem=found.problem, notes=tuple(notes))
    return Submission(
        student=student,
        file=found.path,
        content=found.content,
        sha256=hashlib.sha256(found.content).hexdigest(),
        notes=tuple(notes),
    )


def _leave_aside(notebooks: list[Found]) -> tuple[list[Found], list[str]]:
    """The notebooks that may be meant, without autosaves of a kept one and without equal copies."""
    paths = {found.path for found in notebooks}
    kept: list[Found] = []
    first: dict[bytes, Found] = {}
    notes: list[str] = []
    for found in notebooks:
        original = found.path.replace("-checkpoint.ipynb", ".ipynb")
        twin = None if found.problem else first.get(found.content)
        if original != found.path and original in paths:
            notes.append(f"Left aside: {found.path}, an autosave of {original}")
        elif twin:
            notes.append(f"Left aside: {found.path}, the same as {twin.path} to the byte")
        else:
            kept.append(found)
            if not found.problem:
                first[found.content] = found
    return kept, notes


def _say_nothing_found(others: list[str]) -> str:
    found = f" It holds {_list_some(sorted(others))} instead." if others else " The folder is empty."
    return f"No notebook was handed in.{found} Hand in a file that ends in .ipynb."


def _list_some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
