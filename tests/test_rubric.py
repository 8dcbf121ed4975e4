"""What is wrong with an assignment.toml is told at once, with its lines."""

import inspect
from pathlib import Path

import pytest
import torch
from conftest import ROOT

from grader.assignment.layers import LAYERS_WITH_PARAMETERS
from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.judge.vocabulary import VOCABULARY

RIGHT = """schema = 1
id = "small"
notebook = "small.ipynb"
seed = 7
title = { ko = "작은 과제", en = "A small exercise" }

[sequence]
text = "abc"
symbols = ["a", "b", "c"]

[reference]
symbols_parameter = "symbols"

[[task]]
kind = "training"
id = "1.1"
title = { ko = "하나", en = "One" }
checks = [
    { name = "fitted_values", points = 4 },
    { name = "trains_layer", points = 1, gate = true, public = true, options = { layers = ["RNN"] } },
]

[[task]]
kind = "training"
id = "1.2"
title = { ko = "둘", en = "Two" }
needs = ["1.1"]
checks = [
    { name = "predicts_next", points = 2, options = { min_share = 0.9 } },
    { name = "same_fit_as", points = 2, options = { task = "1.1" } },
]

[[task]]
kind = "true_false"
id = "2.1"
title = { ko = "셋", en = "Three" }
variable = "answer"
checks = [{ name = "same_answer", points = 2 }]
"""


def load(folder: Path, text: str) -> Assignment:
    """The assignment of that text, from a folder of its name."""
    path = folder / "small" / "assignment.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_assignment(path, VOCABULARY)


def fail(folder: Path, text: str) -> list[str]:
    """The lines of the message about that text, but for the first one, which names the file."""
    with pytest.raises(AssignmentError) as caught:
        load(folder, text)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("assignments/*/assignment.toml")), ids=lambda path: path.parent.name
)
def test_own_assignments_are_right(path: Path) -> None:
    """Nothing is wrong with the assignments that come with the grader."""
    assert path.parent.name == load_assignment(path, VOCABULARY).id


def test_right_text_is_read(tmp_path: Path) -> None:
    """The text that the other tests break is right as it stands."""
    assert 11 == load(tmp_path, RIGHT).points


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ('"small.ipynb"', '"../small.ipynb"', "../", "is not the name of an .ipynb file beside"),
        ("seed = 7", 'seed = "x"', "seed", "seed: Input should be a valid integer"),
        ("seed = 7", "seed = -1", "seed", "seed: Input should be greater than or equal to 0"),
        ("seed = 7", "seed = 4294967296", "seed", "seed: Input should be less than 4294967296"),
        ("[reference]", "[reference]\ncheckpoints = [9, -1]", "checkp", "checkpoint 2: Input should be gr"),
        ("seed = 7", "sead = 7", "sead", "sead is not known here"),
        ("seed = 7\n", "", "schema", "seed is missing"),
        (', en = "Two"', "", '"둘"', "task 1.2, title, en is missing"),
        ('id = "1.2"', 'id = "1.1"', 'id = "1.1"\ntitle = { ko = "둘"', "task 1.1, id: the id '1.1'"),
        ('["1.1"]', '["1.3"]', "needs", "task 1.2, need 1: there is no task '1.3'. Did you mean"),
        ('["1.1"]', '["1.1", "1.2"]', "needs", "task 1.2, needs: the task needs itself"),
        ('needs = ["1.1"]\n', "", "same_fit", "does not say that it needs 1.1. Write: needs = ['1.1']"),
        ('task = "1.1"', 'task = "9"', "same_fit", "check same_fit_as, options, task: there is no task"),
        ('"fitted_values"', '"fited_values"', "fited", "Did you mean 'fitted_values'?"),
        ("layers = [", "layer = [", "layer =", "the option 'layers' is missing"),
        ("layers = [", "layer = [", "layer =", "there is no option 'layer'. Did you mean 'layers'?"),
        ('layers = ["RNN"]', 'layers = "RNN"', "layers", "options, layers: "),
        ('layers = ["RNN"]', 'layers = ["RNN", "Conv2D"]', "layers", "'Conv2D'. Did you mean 'Conv2d'?"),
        ('layers = ["RNN"]', 'layers = ["Module"]', "layers", "layer 1: there is no layer of torch.nn with"),
        ('layers = ["RNN"]', "layers = []", "layers", "options, layers: no layer is named"),
        ("min_share = 0.9", 'min_share = "all"', "min_share", "min_share: Input should be a valid number"),
        ('"fitted_values"', '"same_answer"', '"same_answer", points = 4', "of the kind true_false"),
        ("points = 4 }", "points = 4, public = true }", "points = 4", "compares with the reference, which"),
        ("points = 4", "points = 0", "gate", "gate: the gate takes what the task's other checks earn"),
        ("points = 4", "points = -4", "= -4", "task 1.1, check fitted_values, points: Input"),
        ('"same_answer", points = 2', '"same_answer"', "same_answer", "no check of the task has points"),
        ('"answer"', '"my answer"', "my answer", "variable: 'my answer' is no name that Python allows"),
        ('kind = "true_false"', 'kind = "essay"', "[[task]]\nkind = \"essay", "task 2.1"),
        ('text = "abc"', 'text = "abcd"', "symbols =", "symbols of the text are not among them: 'd'"),
        ('"b", "c"]', '"b", "c", "x"]', '"x"', "'x' does not occur in the text"),
        ('"b", "c"]', '"b", "c", "b"]', '"b"', "'b' stands twice"),
        ('"b", "c"]', '"bc", "c", "b"]', '"bc"', "'bc' is not one character"),
        ('"symbols"\n', '"a b"\n', "a b", "reference, symbols_parameter: 'a b' is no name"),
    ],
)  # fmt: skip
def test_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, at: str, said: str) -> None:
    """Each rule names the line that breaks it, and where that stands."""
    assert 1 == RIGHT.count(old), "the test does not know what it changes"
    text = RIGHT.replace(old, new)
    told = fail(tmp_path, text)
    place = f"assignment.toml:{find_line(text, at)}: "
    assert [each for each in told if each.startswith(place) and said in each], told


def find_line(text: str, at: str) -> int:
    """The line of a text, from 1, on which a part of it begins for the first time."""
    return text[: text.index(at)].count("\n") + 1


def list_lines(told: list[str]) -> list[int]:
    """The lines that a message names."""
    return [int(each.split(":")[1]) for each in told]


def test_check_that_needs_symbols_is_told_where_there_are_none(tmp_path: Path) -> None:
    """Without [sequence] neither `predicts_next` nor `symbols_parameter` has anything to work with."""
    text = RIGHT.replace('[sequence]\ntext = "abc"\nsymbols = ["a", "b", "c"]\n', "")
    expected = [find_line(text, "symbols_parameter"), find_line(text, "predicts_next")]
    assert expected == list_lines(fail(tmp_path, text))


def test_same_check_twice_is_told(tmp_path: Path) -> None:
    """A check that stands twice in a task with the same options would earn its points twice."""
    line = '    { name = "fitted_values", points = 4 },\n'
    text = RIGHT.replace(line, line + line)
    expected = f"assignment.toml:{find_line(text, line) + 1}: task 1.1, check fitted_values: the same check"
    assert [f"{expected} stands twice in the task"] == fail(tmp_path, text)


def test_all_faults_are_told_at_once_in_order(tmp_path: Path) -> None:
    """Wrong types, unknown names and broken rules stand in one message, the first line first."""
    text = RIGHT.replace("seed = 7", 'seed = "x"').replace("points = 4", "points = -1")
    text = text.replace('["1.1"]', '["1.3"]').replace('"same_answer"', '"same_answr"')
    # What 1.2 no longer needs it may no longer be compared with.
    places = ("seed", "= -1", '["1.3"]', '"same_fit_as"', '"same_answr"')
    assert [find_line(text, place) for place in places] == list_lines(fail(tmp_path, text))


def test_text_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    """A syntax error has its line, too."""
    assert [find_line(RIGHT, "seed")] == list_lines(fail(tmp_path, RIGHT.replace("seed = 7", "seed = ")))


def test_unknown_kind_is_one_fault(tmp_path: Path) -> None:
    """A misspelt kind is told with the one that was meant; its checks are not blamed for it."""
    text = RIGHT.replace('kind = "training"\nid = "1.1"', 'kind = "trainig"\nid = "1.1"')
    line = find_line(text, "[[task]]")
    said = "task 1.1: there is no kind of task 'trainig'. Did you mean 'training'?"
    assert [f"assignment.toml:{line}: {said}"] == fail(tmp_path, text)


def test_task_in_single_brackets_is_told(tmp_path: Path) -> None:
    """Whoever writes a single task as a table is told how an array of tables is written."""
    text = RIGHT[: RIGHT.index('[[task]]\nkind = "training"\nid = "1.2"')].replace("[[task]]", "[task]")
    (told,) = fail(tmp_path, text)
    assert told.startswith(f"assignment.toml:{find_line(text, '[task]')}: task: ")
    assert "Write [[task]]" in told


def test_layers_with_parameters_are_those_of_torch() -> None:
    """The list holds every layer of the installed torch that makes parameters of its own, lazy ones aside."""
    found = set()
    for name, layer in inspect.getmembers(torch.nn, inspect.isclass):
        bases = [base for base in layer.__mro__ if base.__module__.startswith("torch.nn")]
        sources = [inspect.getsource(base) for base in bases if base is not torch.nn.Module]
        makes = any("register_parameter" in text or " Parameter(" in text for text in sources)
        if issubclass(layer, torch.nn.Module) and makes and not name.startswith("Lazy"):
            found.add(name)
    assert set(LAYERS_WITH_PARAMETERS) == found


@pytest.mark.parametrize("depth", [21, 300, 100_000])
def test_text_that_is_nested_too_deep_is_told(tmp_path: Path, depth: int) -> None:
    """Brackets in brackets without end are a fault like others, however many there are."""
    text = RIGHT.replace("schema = 1", f"deep = {'[' * depth}{']' * depth}\nschema = 1")
    with pytest.raises(AssignmentError, match="holds brackets in more than 20 others"):
        load(tmp_path, text)


def test_vocabulary_is_read_off_the_checks() -> None:
    """Options, with what they must be, are the parameters of the check itself."""
    assert ["layers"] == list(VOCABULARY["trains_layer"].options)
    assert VOCABULARY["trains_layer"].options["layers"].is_required
    assert not VOCABULARY["predicts_next"].options["min_share"].is_required
    assert {} == VOCABULARY["parameter_count"].options
