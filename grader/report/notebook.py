"""Reads an executed notebook that nobody vouches for."""

import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Output:
    """One output of a cell; parts of the wrong type are left out."""

    kind: Literal["stream", "error", "data"]
    text: str = ""
    """What a stream said, or an error's traceback."""
    data: tuple[tuple[str, str], ...] = ()
    """Media types and contents, where kind is `data`."""


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook."""

    kind: Literal["code", "markdown", "raw"]
    source: str
    outputs: tuple[Output, ...] = ()


def read_cells(notebook: str) -> tuple[Cell, ...] | None:
    """The notebook's cells, or None if it cannot be read as a notebook at all.

    Deliberately more lenient than nbformat's validation: what a student's kernel sent may break the
    schema in one output, and the rest should still be shown. Every cell keeps its place.
    """
    try:
        parsed = json.loads(notebook)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("cells"), list):
        return None
    return tuple(read_cell(cell) for cell in parsed["cells"])


def read_cell(cell: Any) -> Cell:
    """One cell; anything that is none becomes an empty raw cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return Cell("raw", "")
    outputs = cell.get("outputs")
    found = (read_output(output) for output in outputs) if isinstance(outputs, list) else ()
    return Cell(
        cell["cell_type"],
        join_text(cell.get("source")),
        tuple(output for output in found if output is not None),
    )


def read_output(output: Any) -> Output | None:
    """One output, or None if it has nothing to show."""
    if not isinstance(output, dict):
        return None
    match output.get("output_type"):
        case "stream":
            return Output("stream", join_text(output.get("text")))
        case "error":
            trace = output.get("traceback")
            lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
            summary = f"{join_text(output.get('ename'))}: {join_text(output.get('evalue'))}"
            return Output("error", "\n".join(lines) or summary)
        case "display_data" | "execute_result" if isinstance(output.get("data"), dict):
            data = ((media_type, join_text(content)) for media_type, content in output["data"].items())
            return Output("data", data=tuple((media_type, text) for media_type, text in data if text))
    return None


def join_text(value: Any) -> str:
    """A string, or a list of strings put together, as notebooks store text; empty for all else."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
