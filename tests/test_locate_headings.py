"""Headings that name tasks, in every form that students write."""

import unicodedata

import pytest
from locate_samples import EXAM, TRAINING, Cell, code, locate

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
