"""The same verdicts on the CPU and on a CUDA device, with TF32 off and with it asked for."""

from pathlib import Path

import nbformat
import pytest
import torch
from conftest import ROOT
from quiet import Quiet

from grader.workflow import Graded, Settings, grade_class

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device"),
]

TF32 = """torch.backends.cuda.matmul.allow_tf32 = True
torch.backends.cudnn.allow_tf32 = True"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample class, the reference as a student, and the reference with TF32 switched on."""
    folder = tmp_path_factory.mktemp("class")
    for path in (ROOT / "submissions").glob("*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())
    solution = ROOT / "solutions" / "hi-hello.ipynb"
    (folder / "reference.ipynb").write_bytes(solution.read_bytes())
    notebook = nbformat.read(solution, as_version=4)
    first = next(cell for cell in notebook.cells if "import torch" in cell.source)
    first.source += f"\n{TF32}"
    nbformat.write(notebook, folder / "tf32.ipynb")
    return folder


def list_outcomes(graded: Graded) -> dict[str, list[tuple[str, str, str]]]:
    """Task, check and outcome of every student."""
    return {
        found.student: [(task.id, check.name, check.outcome) for task in found.tasks for check in task.checks]
        for found in graded.result.submissions
    }


@pytest.mark.timeout(3000)
def test_verdicts_do_not_depend_on_the_device(folder: Path) -> None:
    """Every check of every student comes out alike, whatever the networks were trained on."""
    on_cpu, on_cuda = (
        grade_class(folder, "hi-hello", Settings(device=device), Quiet()) for device in ("cpu", "cuda")
    )
    assert "cuda" == on_cuda.result.run.device
    assert list_outcomes(on_cpu) == list_outcomes(on_cuda)
    scores = {found.student: found.score for found in on_cuda.result.submissions}
    assert 100 == scores["reference"] == scores["tf32"]
