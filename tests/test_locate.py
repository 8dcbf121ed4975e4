import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.assignment.likeness import normalise_code
from grader.assignment.locate import locate_tasks, match_assignment
from grader.assignment.spec import Assignment, load_assignment
from grader.errors import NotebookError, UnknownAssignment
from grader.notebook import read_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = Path(__file__).parent / "notebooks"
EXAM = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
RELEASED = read_notebook(EXAM.notebook_path.read_bytes())
TRAINING = ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]
Cell = str | tuple[str, str]


def build(*cells: Cell) -> NotebookNode:
    """A notebook of Markdown (plain text) and code (`(text, task it is marked for, or "")`) cells."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(new_markdown_cell(cell))
        else:
            made.append(new_code_cell(cell[0], metadata={"grader": {"task": cell[1]}} if cell[1] else {}))
    return new_notebook(cells=made)


def code(source: str) -> Cell:
    """A code cell without a mark."""
    return (source, "")


def locate(*cells: Cell) -> list[str | None]:
    """The tasks of the code cells of a notebook."""
    notebook = build(*cells)
    found = locate_tasks(notebook, EXAM, RELEASED)
    return list_code_tasks(notebook, found.tasks)


def list_code_tasks(notebook: NotebookNode, tasks: Sequence[str | None]) -> list[str | None]:
    """Tasks of the code cells alone."""
    return [task for cell, task in zip(notebook.cells, tasks, strict=True) if cell.cell_type == "code"]


def copy_released() -> NotebookNode:
    """The released notebook, to be changed by a test."""
    return read_notebook(EXAM.notebook_path.read_bytes())


def find_cell(notebook: NotebookNode, task: str, role: str) -> int:
    """Index of the released cell of that task and role."""
    mark = {"task": task, "role": role}
    return next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("grader") == mark)


def test_released_notebook_is_located_by_its_marks_and_earns_nothing() -> None:
    """Handing in what was handed out finds every task, and no cell counts as changed."""
    found = locate_tasks(RELEASED, EXAM, RELEASED)
    assert found.method == "metadata"
    assert [task.id for task in EXAM.task] == [task for task in found.tasks if task]
    assert not any(found.changed)
    assert (found.stated, found.notes) == ({}, ())


def test_marks_and_headings_of_the_release_agree() -> None:
    """Without its marks the released notebook is located the same by its headings."""
    bare = copy_released()
    for cell in bare.cells:
        cell.metadata = {}
    found = locate_tasks(bare, EXAM, RELEASED)
    assert found.method == "headings"
    assert locate_tasks(RELEASED, EXAM, RELEASED).tasks == found.tasks


FORMS = [
    "1.{}",
    "## 1.{} torch.nn",
    "1-{}",
    "### 1-({}) title",
    "({})",
    "({}) 클래스로 구현",
    "`({})` RNN을 이용하여",
    "### ({})",
    "**({})** answer",
    "문제 {}",
    "## 문제 {}. 풀이",
    "문제 1-{}",
    "[문제 1.{}]",
    "Problem {}",
    "Problem 1.{}:",
    "Q{}",
    "Q{}.",
    "# Question {}",
    "{}번",
    "### {}번 문제",
    "{})",
    "**{})** text",
    "- ({})",
    "<h3>({})</h3>",
    "1부 {}번",
    "Part 1 ({})",
    "（{}）",
    "## {}. title",
    "### {}",
    "intro of some length\n\n### ({})\n\nmore text",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_heading_is_understood(form: str) -> None:
    """Each way of numbering tasks gives every cell its task, with the set-up before the first left out."""
    cells: list[Cell] = [code("import torch")]
    for number in range(1, 7):
        cells += [form.format(number), code(f"a = {number}"), code(f"b = {number}")]
    assert locate(*cells) == [None] + [task for task in TRAINING for _ in range(2)]


def test_decomposed_hangul_is_understood() -> None:
    """A heading whose Hangul is decomposed, as macOS writes it, counts."""
    assert locate(unicodedata.normalize("NFD", "문제 3"), code("a = 1")) == ["1.3"]


@pytest.mark.parametrize("form", ["# ({})", "# 1.{}", "#문제 {}", "# 1-{} answer", "%%time\n# ({}) 풀이"])
def test_comments_head_tasks_where_nothing_else_does(form: str) -> None:
    """The first comment of a code cell is a heading in a notebook without others."""
    cells = [code(form.format(number) + "\na = 1") for number in range(1, 7)]
    assert locate(*cells, code("b = 1")) == [*TRAINING, "1.6"]


def test_steps_numbered_in_comments_are_no_tasks() -> None:
    """Where Markdown names the tasks, `# (1)` in code is a step of the answer."""
    cells = ["### (2)", code("# (1) data\nx = 1"), "### (3)", code("# (2)와 같은 초기값\ny = 1")]
    assert locate(*cells) == ["1.2", "1.3"]


def test_number_that_is_spoken_of_is_no_heading() -> None:
    """A line that goes on about another task does not begin it."""
    assert locate("### (3)", "(2)와 적합값이 같다", "(1)은 위와 같음", code("a = 1")) == ["1.3"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("# 1부", "# 2부"),
        ("## Part 1. Train", "## Part 2. Judge"),
        ("# 1. hi?hello!! (90점)", "# 2. O / X (10점)"),
    ],
)
def test_parts_decide_between_equal_numbers(first: str, second: str) -> None:
    """A bare (1) belongs to the part whose heading stands above it."""
    found = locate(second, "(1)", code("v = 1"), first, "(1)", code("a = 1"), "(2)", code("b = 1"))
    assert found == ["2.1", "1.1", "1.2"]


def test_second_one_begins_the_next_part() -> None:
    """Without headings of parts, numbers that start again are the next part's."""
    cells: list[Cell] = []
    for number in (1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5):
        cells += [f"({number})", code(f"a = {number}")]
    assert locate(*cells) == [task.id for task in EXAM.task]


def test_list_of_all_tasks_does_not_begin_the_next_part() -> None:
    """Task texts that are listed before the answers, without code, are not taken for the answers."""
    overview: list[Cell] = [f"({number}) text" for number in range(1, 7)]
    answers: list[Cell] = []
    for number in range(1, 7):
        answers += [f"({number})", code(f"a = {number}")]
    assert locate(*overview, *answers) == TRAINING


def test_words_true_and_false_begin_their_part() -> None:
    """A heading that speaks of true and false leads to the part of statements, number or not."""
    for title in ("## 참/거짓 문제", "## OX 문제", "**True or False?**", "T/F"):
        assert locate("(1)", code("a = 1"), title, "(2)", code("v = True")) == ["1.1", "2.2"]


def test_overview_in_one_cell_heads_nothing() -> None:
    """The whole exam in one cell leaves the set-up below it alone."""
    overview = "\n\n".join(f"({number}) text of the task" for number in range(1, 7))
    assert locate(overview, code("import torch"), "(2)", code("a = 1")) == [None, "1.2"]


def test_header_beats_numbered_explanation() -> None:
    """Numbered lines below a header belong to the answer."""
    assert locate("### (3)\n\n(1) first I copy\n\n(2) then I train", code("a = 1")) == ["1.3"]
    assert locate("### (3)\n\n1. first\n2. second", code("a = 1")) == ["1.3"]


def test_answers_out_of_order_are_found() -> None:
    """Tasks answered in another order keep their numbers."""
    assert locate("(3)", code("a"), "(1)", code("b"), "(2)", code("c"), "(3)", code("d")) == [
        "1.3",
        "1.1",
        "1.2",
        "1.3",
    ]


def test_repeated_setup_is_no_answer_wherever_it_stands() -> None:
    """Code equal to a released set-up cell, comments and spacing aside, belongs to no task."""
    setup = next(cell.source for cell in RELEASED.cells if cell.metadata.get("grader") == {"role": "setup"})
    repeated = "# data again\n" + setup.replace("\n", "\n\n")
    notebook = build("(1)", code(repeated), code("a = 1"))
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks == (None, None, "1.1")
    assert found.changed == (True, False, True)


def test_cell_added_to_a_marked_notebook_follows_the_marked_one() -> None:
    """New cells belong to the task above them, and bare numbers in them are steps."""
    notebook = copy_released()
    at = find_cell(notebook, "1.3", "answer")
    notebook.cells[at].source = "class Mine: pass"
    notebook.cells[at + 1 : at + 1] = [
        new_code_cell("a = 1"),
        new_markdown_cell("### (1) step"),
        new_code_cell("b"),
    ]
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at : at + 4] == ("1.3", "1.3", None, "1.3")
    assert found.changed[at : at + 4] == (True, True, True, True)
    assert found.notes == ()


def test_full_heading_without_a_mark_redirects_the_cells_below() -> None:
    """A student's own heading 1.4 in a marked notebook begins 1.4."""
    notebook = copy_released()
    at = find_cell(notebook, "1.2", "answer") + 1
    notebook.cells[at:at] = [new_markdown_cell("## 1.4"), new_code_cell("a = 1")]
    assert locate_tasks(notebook, EXAM, RELEASED).tasks[at + 1] == "1.4"


def test_split_cell_keeps_its_task() -> None:
    """Both halves of a split cell carry the mark and answer the task."""
    notebook = copy_released()
    at = find_cell(notebook, "1.1", "answer")
    half = new_code_cell("b = 1", metadata=notebook.cells[at].metadata)
    notebook.cells.insert(at + 1, half)
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at : at + 2] == ("1.1", "1.1")
    assert found.notes == ()


def test_cell_copied_to_another_task_answers_that_one() -> None:
    """Copying the answer to 1.2 below 1.3 answers 1.3, with a note, though the copy is marked 1.2."""
    notebook = copy_released()
    source = notebook.cells[find_cell(notebook, "1.2", "answer")]
    at = find_cell(notebook, "1.3", "answer") + 1
    notebook.cells.insert(at, new_code_cell("a = 1", metadata=source.metadata))
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at] == "1.3"
    assert "copy of the cell for 1.2" in found.notes[0]


def test_moved_cell_keeps_its_mark_with_a_note() -> None:
    """The only cell marked 1.2 answers 1.2 wherever it stands."""
    notebook = copy_released()
    moved = notebook.cells.pop(find_cell(notebook, "1.2", "answer"))
    at = find_cell(notebook, "1.5", "answer") + 1
    notebook.cells.insert(at, moved)
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at] == "1.2"
    assert "now stands under 1.5" in found.notes[0]


def test_deleted_and_reordered_cells_leave_the_others_alone() -> None:
    """Turning the notebook round and dropping its texts changes no cell's task."""
    notebook = copy_released()
    notebook.cells = [cell for cell in reversed(notebook.cells) if cell.cell_type == "code"]
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert [task.id for task in reversed(EXAM.task)] == [task for task in found.tasks if task]


def test_marks_of_other_tasks_are_ignored() -> None:
    """A mark that names no task of the assignment counts for nothing."""
    notebook = build("### (2)", ("a = 1", "9.9"))
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert (found.method, found.tasks[1]) == ("headings", "1.2")


def test_texts_alone_are_enough() -> None:
    """Where the numbers were deleted, the released texts tell the tasks apart."""
    texts = []
    for task in TRAINING:
        text = RELEASED.cells[find_cell(RELEASED, task, "text")].source
        texts.append(text.partition("\n")[2])
    cells = [cell for text in texts for cell in (text, code("a = 1"))]
    notebook = build(*cells)
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.method == "likeness"
    assert list_code_tasks(notebook, found.tasks) == TRAINING


def test_only_comments_and_placeholders_are_no_change() -> None:
    """A cell in which nothing happens, or only what was released, earns nothing; any statement counts."""
    notebook = copy_released()
    at = find_cell(notebook, "1.1", "answer")
    truth = find_cell(notebook, "2.1", "answer")
    for source, is_changed in (("", False), ("# my plan\n\n", False), ("x = 1", True), ("!pip list", True)):
        notebook.cells[at].source = source
        assert locate_tasks(notebook, EXAM, RELEASED).changed[at] == is_changed
    notebook.cells[truth].source = "answer_2_1   =  None # ?"
    assert not locate_tasks(notebook, EXAM, RELEASED).changed[truth]
    notebook.cells[truth].source = "answer_2_1 = True"
    assert locate_tasks(notebook, EXAM, RELEASED).changed[truth]


def test_indentation_is_no_mere_spacing() -> None:
    """Two programs that differ in what an `if` governs are not the same."""
    assert normalise_code("if a:\n    b\nc") != normalise_code("if a:\n    b\n    c")
    assert normalise_code("if a:\n    b # x\n\nc") == normalise_code("if a:\n  b\nc\n")


def test_raw_and_text_cells_have_no_task() -> None:
    """Only code answers a task in the map; it still has an entry for every cell."""
    notebook = build("### (1)", code("a = 1"))
    notebook.cells.append(new_raw_cell("raw"))
    assert locate_tasks(notebook, EXAM, RELEASED).tasks == (None, "1.1", None)


def test_notebook_without_any_task_is_refused() -> None:
    """The message says how to number the tasks."""
    with pytest.raises(NotebookError, match=r"### 1\.1"):
        locate_tasks(build("hello", code("print(1)")), EXAM, RELEASED)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("hi-hello-*.ipynb")), ids=lambda path: path.stem)
def test_whole_notebooks_are_located(path: Path) -> None:
    """Each code cell of a sample says in a last comment `expect:` which task it should be found to answer."""
    notebook = read_notebook(path.read_bytes())
    found = locate_tasks(notebook, EXAM, RELEASED)
    expected = [
        None if (name := cell.source.rpartition("expect: ")[2].strip()) == "set-up" else name
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    assert expected == list_code_tasks(notebook, found.tasks)
    assert found.stated == {"2.1": False, "2.2": True, "2.3": True, "2.4": False, "2.5": False}


NO_HEADINGS = [
    "0.15 is small",
    "100 epochs",
    "12345",
    "(3)은 같다",
    "3번에서 만든 것",
    "90% done",
    "2024-06-12",
    "1.2배",
]


@pytest.mark.parametrize("line", NO_HEADINGS)
def test_numbers_that_head_nothing_are_left_alone(line: str) -> None:
    """Decimals, counts, percentages, dates and references begin no task."""
    assert locate("### (4)", line, code("a = 1")) == ["1.4"]


OTHER = Assignment.model_validate(
    {
        "schema": 1,
        "id": "other",
        "title": {"ko": "숫자", "en": "Digits"},
        "notebook": "other.ipynb",
        "seed": 1,
        "task": [
            {"kind": "training", "id": "1.1", "title": {"ko": "합성곱", "en": "Convolution"}, "checks": []},
            {"kind": "training", "id": "1.2", "title": {"ko": "풀링", "en": "Pooling"}, "checks": []},
        ],
    }
)
OTHER_RELEASED = build(
    "# Digits: read rows of pixels with a convolution",
    "### 1.1 Convolution over the pixels of a digit",
    ("# convolution here", "1.1"),
    "### 1.2 Pooling after the convolution",
    ("# pooling here", "1.2"),
)
KNOWN = {"hi-hello": (EXAM, RELEASED), "other": (OTHER, OTHER_RELEASED)}


def test_assignment_is_told_by_content_where_numbers_are_shared() -> None:
    """Two assignments that both have tasks 1.1 and 1.2 are told apart by what their notebooks speak of."""
    assert match_assignment(RELEASED, KNOWN) == "hi-hello"
    assert match_assignment(OTHER_RELEASED, KNOWN) == "other"
    answer = build(
        "### (1)", code("rnn = torch.nn.RNN(7, 8); text = 'hi?hello!!'; one_hot = 1"), "### (2)", code("a")
    )
    assert match_assignment(answer, {"hi-hello": KNOWN["hi-hello"]}) == "hi-hello"
    conv = build("### (1)", code("convolution(pixels, digit)"), "### (2)", code("pooling(digits)"))
    assert match_assignment(conv, KNOWN) == "other"


def test_notebook_of_another_course_matches_nothing() -> None:
    """A notebook that shares neither tasks nor words is refused, and so is any where none is known."""
    for known in (KNOWN, {}):
        with pytest.raises(UnknownAssignment, match="--assignment"):
            match_assignment(build("# Cooking", code("bake(cake)")), known)


def test_tie_is_not_guessed() -> None:
    """Two assignments with the same notebook are named, not chosen between."""
    with pytest.raises(UnknownAssignment, match="as much like"):
        match_assignment(RELEASED, {"a": (EXAM, RELEASED), "b": (EXAM, RELEASED)})


PARTED_FORMS = [
    "## {}. RNN",
    "**{}.** RNN",
    "*{}.* RNN",
    "### {}",
    "`{}` RNN",
    "**{}** RNN",
    "(**{}**) RNN",
    "(`{}`) RNN",
    "### ( {} )",
    "# 1({})",
    "### 1번 ({})",
    "### 1번-{}",
    "# (1)-({})",
]


@pytest.mark.parametrize("title", ["# 1. hi?hello!!", "# 1부", ""])
@pytest.mark.parametrize("form", PARTED_FORMS)
def test_lists_and_loose_numbers_below_a_part_head_its_tasks(title: str, form: str) -> None:
    """Numbers of a list, in emphasis, or written as 1번 (2) name tasks, with or without a part's heading."""
    cells: list[Cell] = [title, code("import torch")]
    for number in range(1, 7):
        cells += [form.format(number), code(f"a = {number}")]
    for statements in ([], ["(1)", code("v = 1")]):
        expected = [None, *TRAINING, None, *(["2.1"] if statements else [])]
        assert expected == locate(*cells, "# 2. O / X", code("import math"), *statements)


def test_incomplete_list_below_a_part_heads_nothing() -> None:
    """Numbers of a list that are not those of all tasks, once each, are steps."""
    cells: list[Cell] = ["# 1. hi?hello!!", "## 1. a", code("a = 1"), "## 2. b", code("b = 1")]
    assert [None, None, "2.1"] == locate(*cells, "# 2. O / X", "(1)", code("v = 1"))


def test_number_in_brackets_behind_a_task_is_a_step() -> None:
    """Where 3번 (1) cannot be a part and a task, 1번 (2) is a step of the first task too."""
    cells = ["### 1번 (1)", code("a"), "### 1번 (2)", code("b"), "### 3번 (1)", code("c")]
    assert ["1.1", "1.1", "1.3"] == locate(*cells)


def test_changed_code_under_no_task_is_noted() -> None:
    """A note counts the changed cells that no task has; imports and set-up cells are none of them."""
    found = locate_tasks(build(code("import torch"), code("a = 1"), "(1)", code("b = 1")), EXAM, RELEASED)
    assert 1 == len(found.notes)
    assert found.notes[0].startswith("1 changed code cell stands under no task")
    assert "cell 2" in found.notes[0]
    found = locate_tasks(build(code("import torch"), "(1)", code("b = 1")), EXAM, RELEASED)
    assert () == found.notes


def test_own_setup_above_a_full_set_of_answers_is_not_noted() -> None:
    """A set-up of the student's own calls for nobody's attention if no task lacks an answer."""
    cells: list[Cell] = [code("txt = 'hi'")]
    for task in EXAM.task:
        cells += [f"### {task.id}", code("a = 1")]
    assert () == locate_tasks(build(*cells), EXAM, RELEASED).notes
    assert 1 == len(locate_tasks(build(*cells[:-2]), EXAM, RELEASED).notes)
