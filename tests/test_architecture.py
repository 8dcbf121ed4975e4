"""The rooms of the house and the wall between them, read from every import statement."""

import ast
import subprocess
import sys
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = 300

# Lower floors are imported by higher ones, never the other way round. A module that stands here by its
# full name belongs to that floor; every other one to its room, the part after `grader.`.
FLOORS = {
    "__main__": 6,
    "cli": 5,
    "workflow": 4,
    "review": 4,
    "doctor": 4,
    "selfcheck": 4,
    "execute": 3,
    "judge": 3,
    "report": 2,
    "gradebook": 2,
    "assignment": 2,
    "collect": 2,
    "evidence": 2,
    "store": 2,
    "notebook": 1,
    "probe": 0,
    "records": 0,
    "results": 0,
    "values": 0,
    "exhibits": 0,
    "errors": 0,
}
GROUND = {"grader"}
"""The package's own `__init__`, which any room may ask for its version."""

NEVER = {
    "judge": {"grader.execute", "grader.probe", "nbclient", "jupyter_client", "subprocess"},
    "report": {"grader.execute", "grader.probe", "nbclient", "jupyter_client", "subprocess"},
    "gradebook": {"grader.execute", "grader.probe", "nbclient", "jupyter_client", "subprocess"},
    "execute": {"grader.judge", "grader.gradebook", "grader.report", "solutions"},
    "probe": {"grader.judge", "grader.gradebook", "grader.report", "solutions"},
}

PROBE_LIBRARIES = {"torch", "numpy", "safetensors", "ipykernel", "IPython", "traitlets", "keras"}
"""What runs inside may use: what is in the student's kernel anyway."""

Imports = dict[str, set[str]]


def name_module(path: Path, package: Path) -> str:
    """A file's dotted name, as in `grader.judge.rules`."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def find_room(module: str) -> str:
    """The part of a dotted name that decides its floor."""
    return module.split(".")[1] if "." in module else module


def read_imports(package: Path) -> Imports:
    """What each module imports, wherever in it: in functions and for type checking too."""
    modules = {name_module(path, package): path for path in sorted(package.rglob("*.py"))}
    return {name: _read_module(name, path, set(modules)) for name, path in modules.items()}


def _read_module(name: str, path: Path, known: set[str]) -> set[str]:
    folder = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = folder.split(".")[: len(folder.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            # `from package import module` imports the module; `from module import name` does not.
            inside = {f"{base}.{alias.name}" for alias in node.names} & known
            found |= inside if len(inside) == len(node.names) else inside | {base}
    return found - {name}


def is_below(module: str, folder: str) -> bool:
    """Whether a dotted name is that folder or lies in it."""
    return module == folder or module.startswith(f"{folder}.")


def find_climbers(imports: Imports) -> list[str]:
    """Imports that go up a floor, or from one room to another on the same floor."""
    faults = []
    for module, targets in imports.items():
        for target in targets:
            if not is_below(target, "grader") or module in GROUND or target in GROUND:
                continue
            here, there = find_room(module), find_room(target)
            if FLOORS[there] > FLOORS[here]:
                faults.append(f"{module} imports {target}, which is a floor above it")
            if {here, there} == {"execute", "judge"}:
                faults.append(f"{module} imports {target} through the wall")
    return faults


def find_forbidden(imports: Imports) -> list[str]:
    """Imports that a room must never have."""
    return [
        f"{module} imports {target}"
        for module, targets in imports.items()
        for target in targets
        for forbidden in NEVER.get(find_room(module), ())
        if is_below(target, forbidden)
    ]


def find_strangers(imports: Imports) -> list[str]:
    """Imports of the probe that are neither its own floor, the standard library nor in every kernel."""
    allowed = {*sys.stdlib_module_names, *PROBE_LIBRARIES}
    return [
        f"{module} imports {target}"
        for module, targets in imports.items()
        if find_room(module) == "probe"
        for target in targets
        if target.split(".")[0] not in allowed
        and not any(is_below(target, f"grader.{room}") for room in ("probe", "records", "values", "errors"))
    ]


def find_cycles(imports: Imports) -> list[str]:
    """Modules that import one another in a circle."""
    # A package's `__init__` is left out as a target of its own modules: Python runs it for them anyway.
    graph = {
        module: {t for t in targets if t in imports and t not in GROUND}
        for module, targets in imports.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def find_unknown_rooms(imports: Imports) -> list[str]:
    """Modules whose room stands on no floor."""
    return [name for name in imports if name not in GROUND and find_room(name) not in FLOORS]


def find_callers_of_cli(imports: Imports) -> list[str]:
    """Modules besides `python -m grader` that import the command line."""
    return [
        f"{module} imports {target}"
        for module, targets in imports.items()
        for target in targets
        if is_below(target, "grader.cli") and find_room(module) not in {"cli", "__main__"}
    ]


def find_long_files(package: Path) -> list[str]:
    """Files over the length at which they should be two."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in package.rglob("*.py")}
    return [
        f"{path.relative_to(package.parent)}: {length}" for path, length in lengths.items() if length > LINES
    ]


def find_drawers(package: Path) -> list[str]:
    """Files named for nothing in particular."""
    return [
        str(path) for name in ("utils", "util", "helpers", "misc") for path in package.rglob(f"{name}.py")
    ]


@pytest.mark.parametrize(
    "find",
    [find_climbers, find_forbidden, find_strangers, find_cycles, find_unknown_rooms, find_callers_of_cli],
)
def test_imports_keep_the_rules(find: Callable[[Imports], list[str]]) -> None:
    """No import in the package climbs, breaks the wall, or closes a circle."""
    imports = read_imports(ROOT / "grader")
    assert "grader.probe.confine" in imports["grader.execute.sandbox.interior"]
    assert find(imports) == []


@pytest.mark.parametrize("folder", ["grader", "tests", "benchmarks"])
@pytest.mark.parametrize("find", [find_long_files, find_drawers])
def test_files_keep_the_rules(find: Callable[[Path], list[str]], folder: str) -> None:
    """No file of the package, of its tests or benchmarks is too long or called utils."""
    assert find(ROOT / folder) == []


def plant(folder: Path, sources: Mapping[str, str]) -> Path:
    """A small package: path of each file, without its ending, to source."""
    package = folder / "grader"
    for name, source in sources.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return package


@pytest.mark.parametrize(
    ("find", "module", "source"),
    [
        (find_climbers, "assignment/spec", "import grader.workflow"),
        (find_climbers, "judge/rules", "from grader.execute import runner"),
        (find_climbers, "execute/runner", "def run():\n    from grader.judge.checks import compare"),
        (find_climbers, "records", "from .evidence import Evidence"),
        (find_forbidden, "judge/rules", "import subprocess"),
        (find_forbidden, "report/html", "from nbclient.exceptions import DeadKernelError"),
        (find_forbidden, "gradebook/store", "from ..probe import trace"),
        (
            find_forbidden,
            "judge/rules",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import grader.probe",
        ),
        (find_forbidden, "probe/trace", "import solutions"),
        (find_forbidden, "execute/runner", "from grader import judge"),
        (find_strangers, "probe/trace", "import click"),
        (find_strangers, "probe/trace", "from grader.assignment.spec import Assignment"),
        (find_unknown_rooms, "attic", ""),
        (find_callers_of_cli, "review/page", "from grader.cli import main"),
    ],
)
def test_planted_import_is_found(
    tmp_path: Path, find: Callable[[Imports], list[str]], module: str, source: str
) -> None:
    """Each rule about imports finds the import that breaks it, and is silent without it."""
    others = {"judge/__init__": "", "execute/plan": "", "probe/snapshot": ""}
    assert find(read_imports(plant(tmp_path / "clean", others))) == []
    planted = find(read_imports(plant(tmp_path / "planted", {**others, module: source})))
    assert len(planted) >= 1
    assert module.replace("/", ".") in planted[0]


def test_planted_circle_is_found(tmp_path: Path) -> None:
    """Two modules that import one another are found, even where one does so late."""
    late = "def f():\n    from . import rules"
    sources = {"judge/__init__": "", "judge/rules": "import grader.judge.compare", "judge/compare": late}
    assert len(find_cycles(read_imports(plant(tmp_path, sources)))) == 1


def test_planted_files_are_found(tmp_path: Path) -> None:
    """A file of 301 lines and a utils.py are found, one of 300 lines is not."""
    package = plant(tmp_path, {"long": "pass\n" * 301, "right": "pass\n" * 300, "judge/utils": ""})
    assert find_long_files(package) == ["grader/long.py: 301"]
    assert [str(package / "judge" / "utils.py")] == find_drawers(package)


HELP_WITHOUT_TORCH = """
import runpy, sys
sys.argv = ["grade", "--help"]
try:
    runpy.run_module("grader", run_name="__main__")
except SystemExit as ended:
    assert not ended.code, ended.code
print(sorted({"torch", "numpy", "matplotlib"} & set(sys.modules)), file=sys.stderr)
"""


def test_help_imports_no_torch() -> None:
    """`python -m grader --help` answers without importing torch, numpy or matplotlib."""
    done = subprocess.run(
        [sys.executable, "-c", HELP_WITHOUT_TORCH], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "Usage" in done.stdout
