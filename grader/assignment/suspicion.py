"""Reads a notebook for code that reaches for what it is watched by, before anything of it runs.

A notebook that trains networks has no use for its kernel's insides, the garbage collector's list of objects
or the frames above its own. Whoever reaches for them may have rewritten what was seen. This finds those who
do so in plain words; docs/trust.md says what it cannot find.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.assignment.parsing import UNREADABLE, is_slow_name, parse_code
from grader.records import CellMap

CALLS = frozenset(
    """gc.get_objects gc.get_referrers gc.get_referents sys._getframe sys._current_frames sys.settrace
    sys.setprofile threading.settrace threading.setprofile inspect.stack inspect.currentframe
    inspect.getouterframes inspect.getinnerframes""".split()
)
NAMES = frozenset(call.rpartition(".")[2] for call in CALLS) - {"stack"}
ATTRIBUTES = frozenset(
    """f_back f_globals f_locals tb_frame gi_frame cr_frame shell_handlers probe_request
    _global_optimizer_post_hooks _global_optimizer_pre_hooks""".split()
)
OF_THE_KERNEL = frozenset(
    "kernel ast_transformers events run_cell run_cell_async input_transformers_post".split()
)
"""Attributes that reach for the grader where a cell also takes hold of IPython."""
MODULES = ("grader", "ctypes", "ipykernel")
PUBLIC = {"check"}
"""What a notebook may import of the grader."""
OF_OTTER = {"check_all", "export", "to_pdf", "run_plugin", "add_plugin_files"}
"""What notebooks of otter's ask of their own `grader`; ours has nothing of these names."""
ADDITION = re.compile(r"^\s*[%!?/,;]|=\s*[%!]|\?\s*$")
"""Finds every line that IPython may make something else of."""
MAX_PARSED = 200_000
"""Characters of a notebook whose syntax trees are looked at: a tree takes up to 600 times as many bytes. What
comes after, and a cell that would take more than half of them, is searched for plain names."""
MAX_TRANSLATED = 100_000
"""Characters of a notebook that are given to IPython, each as often as IPython reads it."""
MAX_TRANSLATED_LINE = 2_000
"""IPython takes quadratic time on lines that are made for that."""
MOST_ADDITIONS = 10
"""Such lines in a cell. IPython reads all of it anew after each: 40 in 100,000 characters take 20 s."""


IMPORT = re.compile(rf"\b(?:import|from)[ \t]+({'|'.join(MODULES)})\b")
REACH = re.compile(rf"\b({'|'.join(sorted(re.escape(name) for name in {*CALLS, *NAMES, *ATTRIBUTES}))})\b")
CHANGE = re.compile(r"\b(torch(?:\.\w+){1,9})[ \t]*=(?!=)")


@dataclass
class Patience:
    """What may still be spent on one notebook."""

    parsed: int = MAX_PARSED
    translated: int = MAX_TRANSLATED

    def may_parse(self, source: str) -> bool:
        """Whether a cell's syntax tree may be made; then it counts."""
        if len(source) > min(self.parsed, MAX_PARSED // 2) or is_slow_name(source):
            return False
        self.parsed -= len(source)
        return True

    def may_translate(self, lines: list[str], times: int) -> bool:
        """Whether IPython may read a cell that often; then it counts."""
        cost = times * sum(len(line) + 1 for line in lines)
        if cost > self.translated or any(len(line) > MAX_TRANSLATED_LINE for line in lines):
            return False
        self.translated -= cost
        return True


def find_reaches(notebook: NotebookNode, cells: CellMap) -> dict[str, tuple[str, ...]]:
    """What each task's cells, and those that ran before them, reach for; only tasks where it is anything."""
    patience = Patience()
    so_far: dict[str, None] = {}
    found: dict[str, tuple[str, ...]] = {}
    for index, (cell, task) in enumerate(zip(notebook.cells, cells.tasks, strict=True)):
        if cell.cell_type == "code" and cells.changed[index]:
            so_far |= dict.fromkeys(f"cell {index + 1}: {what}" for what in _read_cell(cell.source, patience))
        # What stood in the kernel before a task began can reach into it.
        if task is not None and so_far:
            found[task] = tuple(so_far)
    return found


def _read_cell(source: str, patience: Patience) -> Iterator[str]:
    if not patience.may_parse(source):
        yield from (f"import {name}" for name in dict.fromkeys(IMPORT.findall(source)))
        yield from dict.fromkeys(REACH.findall(source))
        return
    tree = _parse(source, patience)
    has_ipython = "get_ipython" in source or "InteractiveShell" in source
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                # `import grader` itself is free; what is asked of it below is not.
                if alias.name.partition(".")[0] in MODULES and (alias.name != "grader" or alias.asname):
                    yield f"import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = node.module or ""
            if module.partition(".")[0] in MODULES and not (module == "grader" and PUBLIC.issuperset(names)):
                yield f"from {module} import …"
            elif f"{module}." in {f"{call.rpartition('.')[0]}." for call in CALLS}:
                yield from (
                    f"{module}.{name}" for name in names if name == "*" or f"{module}.{name}" in CALLS
                )
        elif isinstance(node, ast.Attribute):
            if _is_of_grader(node):
                yield f"grader.{node.attr}"
            elif (node.attr in ATTRIBUTES and not _is_own(node)) or (
                node.attr in NAMES and _is_module(node.value)
            ):
                yield node.attr
            elif has_ipython and node.attr in OF_THE_KERNEL:
                yield f"IPython's {node.attr}"
            elif node.attr == "stack" and isinstance(node.value, ast.Name) and node.value.id == "inspect":
                yield "inspect.stack"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _names_grader(node.value):
            yield node.value[:40]


def find_changes(notebook: NotebookNode, cells: CellMap) -> tuple[str, ...]:
    """Functions of torch's that a notebook assigns to, for a person to look at."""
    patience = Patience()
    found: dict[str, None] = {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cells.changed[index]:
            found |= dict.fromkeys(
                f"cell {index + 1} assigns to {name}" for name in _list_changes(cell.source, patience)
            )
    return tuple(found)


def _list_changes(source: str, patience: Patience) -> Iterator[str]:
    if not patience.may_parse(source):
        yield from (name for name in dict.fromkeys(CHANGE.findall(source)) if not _is_switch(name))
        return
    tree = _parse(source, patience)
    roots = {"torch": "torch"}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            roots |= {
                alias.asname: alias.name for alias in node.names if alias.asname and _is_torch(alias.name)
            }
        elif isinstance(node, ast.ImportFrom) and not node.level and _is_torch(node.module or ""):
            roots |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            root, parts = _split_path(node)
            name = ".".join([roots.get(root, ""), *parts])
            if root in roots and not _is_switch(name):
                yield name


def _split_path(node: ast.Attribute) -> tuple[str, list[str]]:
    """The name that a path starts with, and what is asked of it; no name for that of a call."""
    parts: list[str] = []
    place: ast.expr = node
    while isinstance(place, ast.Attribute):
        parts.append(place.attr)
        place = place.value
    # What a call or an index gives is no function of torch's.
    return place.id if isinstance(place, ast.Name) else "", parts[::-1]


def _is_switch(name: str) -> bool:
    # Switches such as those of cuDNN are there to be set.
    return name.startswith("torch.backends.")


def _is_torch(name: str) -> bool:
    return name == "torch" or name.startswith("torch.")


def _parse(source: str, patience: Patience) -> ast.Module | None:
    try:
        return parse_code(source)
    except SyntaxError:
        pass
    except UNREADABLE:
        return None
    try:
        return parse_code(_translate(source, patience))
    except UNREADABLE:
        return None


def _translate(source: str, patience: Patience) -> str:
    """A cell with IPython's additions as the Python that IPython makes of it; of a cell magic, its body."""
    from IPython.core.inputtransformer2 import TransformerManager

    if source.lstrip().startswith("%%"):
        source = source.lstrip().partition("\n")[2]
    lines = source.splitlines()
    # A cell with more of them loses the lines that are nothing but one, which takes no time.
    additions = sum(ADDITION.search(line) is not None for line in lines)
    if additions > MOST_ADDITIONS or not patience.may_translate(lines, 1 + additions):
        return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
    # IPython says that it is typed and leaves its constructors bare; the annotation stands here instead.
    make_manager: Callable[[], TransformerManager] = TransformerManager
    with warnings.catch_warnings():
        # What it thinks of a student's line ends is nobody's business here.
        warnings.simplefilter("ignore")
        return make_manager().transform_cell(source)


def _names_grader(text: str) -> bool:
    return text in ATTRIBUTES or text.startswith(("grader.probe", "grader.execute"))


def _is_of_grader(node: ast.Attribute) -> bool:
    free = PUBLIC | OF_OTTER
    return isinstance(node.value, ast.Name) and node.value.id == "grader" and node.attr not in free


def _is_own(node: ast.Attribute) -> bool:
    # A layer that reads a text backwards may well be called `f_back`.
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _is_module(node: ast.expr) -> bool:
    # `gc` by whatever name: what counts is that it is a plain name, not a tensor's attribute.
    return isinstance(node, ast.Name)
