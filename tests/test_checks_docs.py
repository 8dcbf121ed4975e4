"""docs/checks.md says what there is, with examples that work."""

import re
import tomllib

from conftest import ROOT
from value_samples import list_option_faults

from grader.judge.checks import CHECKS

TEXT = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
VARIABLES = "net accuracy predicted y_test x_test losses table model model2 loaded".split()


def test_every_check_is_documented() -> None:
    """With a heading of its own, or by name among those of the exam."""
    assert [] == [name for name in CHECKS if name not in TEXT and name != "same_answer"]


def test_every_example_is_taken() -> None:
    """Each example under a check's heading is a check of that name, whose options are right."""
    sections = re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert 16 == len(sections)
    for name, body in sections:
        examples = re.findall(r"^```toml\n(.*?)^```", body, re.MULTILINE | re.DOTALL)
        assert examples
        for example in map(tomllib.loads, examples):
            assert name == example["name"]
            others = [example["options"]["task"]] if "task" in example["options"] else []
            described = {"variables": VARIABLES, "figures": True, "others": others, "needs": others}
            assert [] == list_option_faults(name, example["options"], **described)
