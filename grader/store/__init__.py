"""Keeps what runs left, so that nothing is run twice: a folder of evidence, addressed by what decides it."""

from grader.store.derived import DerivedFiles
from grader.store.entries import Entry, TimeLimits
from grader.store.prune import (
    StoredEntry,
    choose_old,
    choose_oldest,
    choose_unused,
    list_derived,
    list_entries,
    remove_entries,
)
from grader.store.store import EvidenceStore

__all__ = [
    "DerivedFiles",
    "Entry",
    "EvidenceStore",
    "StoredEntry",
    "TimeLimits",
    "choose_old",
    "choose_oldest",
    "choose_unused",
    "list_derived",
    "list_entries",
    "remove_entries",
]
