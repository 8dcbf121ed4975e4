"""`grade store`: what runs have left, and what of it can go."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.store import StoredEntry


@click.command("store")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("reports/.evidence"))
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="Entries older than this.")
@click.option(
    "--keep-mb", type=click.FloatRange(min=0), metavar="MB", help="The oldest, until this much is left."
)
@click.option("--unused", is_flag=True, help="Entries that the last run that ended did not use.")
@click.option("--prune", is_flag=True, help="Remove the entries that are named; without others, the unused.")
def store_command(
    folder: Path, older_than: float | None, keep_mb: float | None, unused: bool, prune: bool
) -> None:
    """List what is kept of runs, and remove it.

    FOLDER is where `grade run` keeps what runs leave: reports/.evidence, or what --store named. An entry
    that is missing costs a run, and never a mark.

    \b
    Example:
      grade store
      grade store --unused
      grade store --prune --older-than 90

    Exit status: 0 always, but 2 where there is no such folder.
    """
    from grader.errors import GraderError
    from grader.store import (
        choose_old,
        choose_oldest,
        choose_unused,
        list_derived,
        list_entries,
        remove_entries,
    )

    if not folder.is_dir():
        raise GraderError(f"There is no {folder}. Name the folder that --store named, or OUT/.evidence.")
    if not (folder / "entries").is_dir():
        raise GraderError(f"{folder} holds no store. Did you mean {folder / '.evidence'}?")
    # Parts of pages go as the runs do that they show: neither costs a mark.
    entries = [*list_entries(folder), *list_derived(folder)]
    chosen: dict[Path, StoredEntry] = {}
    if older_than is not None:
        chosen |= {entry.path: entry for entry in choose_old(entries, older_than)}
    if unused or (prune and older_than is None and keep_mb is None):
        chosen |= {entry.path: entry for entry in choose_unused(entries)}
    if keep_mb is not None:
        left = [entry for entry in entries if entry.path not in chosen]
        chosen |= {entry.path: entry for entry in choose_oldest(left, keep_mb * 2**20)}
    click.echo(f"{folder}: {_describe(entries)}")
    if prune:
        remove_entries(chosen.values())
        click.echo(f"Removed: {_describe(list(chosen.values()))}")
    elif unused or older_than is not None or keep_mb is not None:
        click.echo(f"--prune would remove: {_describe(list(chosen.values()))}")


def _describe(entries: "list[StoredEntry]") -> str:
    if not entries:
        return "0 entries"
    size = sum(entry.size_bytes for entry in entries) / 2**20
    days = [entry.age_seconds / 86_400 for entry in entries]
    used = sum(entry.used_last for entry in entries)
    return (
        f"{len(entries)} entries, {size:.1f} MB, {min(days):.1f} to {max(days):.1f} days old, "
        f"{used} used by the last run"
    )
