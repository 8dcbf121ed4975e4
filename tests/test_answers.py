from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.load import load_assignment
from grader.assignment.locate import locate_tasks
from grader.assignment.truth import read_truths
from grader.errors import NotebookError
from grader.notebook import read_notebook
from grader.records import CellMap

EXAM = load_assignment(Path(__file__).parents[1] / "assignments" / "hi-hello" / "assignment.toml")
RELEASED = read_notebook(EXAM.notebook_path.read_bytes())
STATEMENTS = {
    cell.metadata["grader"]["task"]: cell.source
    for cell in RELEASED.cells
    if cell.cell_type == "markdown" and "2." in cell.metadata.get("grader", {}).get("task", "")
}
ALL = {"2.1": False, "2.2": True, "2.3": True, "2.4": False, "2.5": False}


def find_answers(*texts: str, code: bool = False) -> CellMap:
    """What is found in a notebook whose part 2 has these cells."""
    make = new_code_cell if code else new_markdown_cell
    cells = [new_markdown_cell("### 1.1"), new_code_cell("a = 1"), new_markdown_cell("# 2부")]
    return locate_tasks(new_notebook(cells=[*cells, *map(make, texts)]), EXAM, RELEASED)


LISTS = {
    "nested bullets": "- 1)\n  - 거짓\n- 2)\n  - 참\n- 3)\n  - 참\n- 4)\n  - 거짓\n- 5)\n  - 거짓",
    "nested rounds": "- (1)\n  - 거짓\n- (2)\n  - 참\n- (3)\n  - 참\n- (4)\n  - F\n- (5)\n  - F",
    "numbered list": "1. 거짓\n2. 참\n3. 참\n4. 거짓\n5. 거짓",
    "list with reasons": "1. 거짓. LSTM이 참으로 낫다.\n2. 참, 2개씩\n3. True (same)\n4. F\n5. X - MSE",
    "full ids": "2.1 False\n\n2.2 True\n\n2.3: True\n\n2.4 - False\n\n2.5 False",
    "letters": "1) F\n2) T\n3) T\n4) F\n5) F",
    "circles and crosses": "1) X\n2) O\n3) ○\n4) ×\n5) ❌",
    "circled numbers": "① 거짓\n② 참\n③ 참\n④ 거짓\n⑤ 거짓",
    "verbs": "(1) 틀리다\n(2) 맞다\n(3) 옳습니다\n(4) 틀렸습니다\n(5) 틀림",
    "one line": "1) 거짓 2) 참 3) 참 4) 거짓 5) 거짓",
    "one line with dots": "1. F, 2. T, 3. T, 4. F, 5. F",
    "no numbers": "- 거짓\n- 참\n- 참\n- 거짓\n- 거짓",
    "no numbers, one line": "F T T F F",
    "no numbers, commas": "거짓, 참, 참, 거짓, 거짓",
    "table of rows": "| 번호 | 답 |\n|--|--|\n| 1 | F |\n| 2 | 참 |\n| 3 | 참 |\n| 4 | F |\n| (5) | **F** |",
    "table of columns": "| 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|\n| F | T | T | F | F |",
    "marked": "(1) 답: 거짓\n(2) 정답: 참\n(3) Answer: T\n(4) answer = F\n(5) 답은 거짓",
    "struck out": "1) 참 / 거짓\n".replace("참", "~~참~~")
    + "2) 참 / ~~거짓~~\n3) True / <s>False</s>\n4) ~~O~~ / X\n5) ~~True~~ / False",
    "bold of two": "1) 참 / **거짓**\n2) **참** / 거짓\n3) **True** | False\n4) T / **F**\n5) 참/**거짓**",
    "ticked": "1) [ ] 참 [x] 거짓\n2) [x] 참 [ ] 거짓\n3) [X] True [ ] False\n4) [x] 거짓\n5) [ ] O [x] X",
}


@pytest.mark.parametrize("form", LISTS)
def test_every_form_of_list_is_read(form: str) -> None:
    """All five answers are read out of one cell, however it is laid out."""
    found = find_answers(LISTS[form])
    assert found.stated == ALL
    assert found.notes == ()


@pytest.mark.parametrize("form", ["nested bullets", "numbered list", "letters", "one line", "table of rows"])
def test_list_without_a_heading_of_its_part_is_read(form: str) -> None:
    """Numbers with truth values after them are the statements' answers even where no part is named."""
    cells = [new_markdown_cell("(6)"), new_code_cell("a = 1"), new_markdown_cell(LISTS[form])]
    found = locate_tasks(new_notebook(cells=cells), EXAM, RELEASED)
    assert found.stated == ALL
    assert found.tasks == (None, "1.6", None)


def test_one_cell_a_statement_is_read() -> None:
    """Answers below headings of their own are read, bold, bare or in a sentence."""
    texts = [
        "### (1)\n\n거짓",
        "### (2)\n\n**참**",
        "### (3)",
        "참입니다.",
        "(4) 거짓이다, 위치만 알면 된다",
        "5) `False`",
    ]
    assert find_answers(*texts).stated == ALL


def test_words_of_a_quoted_statement_do_not_count() -> None:
    """The released statement with the answer behind it gives the answer, and alone gives none."""
    quoted = [f"{STATEMENTS[task]}\n\n**{'참' if answer else '거짓'}**" for task, answer in ALL.items()]
    assert find_answers(*quoted).stated == ALL
    assert find_answers(*STATEMENTS.values()).stated == {}


def test_words_in_the_released_text_are_no_answer() -> None:
    """A released line that itself holds True and False is compared away; what is added on it counts."""
    line = "The expression is True whenever the loss is False or zero"
    assert read_truths([line], [line]) == set()
    assert read_truths([line + " **거짓**"], [line]) == {False}
    assert read_truths([line + " → True"], [line]) == {True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("참이 아니다", {False}),
        ("거짓이 아니다", {True}),
        ("not true", {False}),
        ("맞지 않습니다", {False}),
        ("이 진술은 틀린 진술이다", {False}),
        ("참고로 참여한 사람은 없다", set()),
        ("net(x)와 f(x)", set()),
        ("참 / 거짓", set()),
        ("True or 아마 False?", {True}),
        ("그러므로 이 말은 거짓", {False}),
        ("답: 참 (거짓으로 볼 수도 있음)", {True}),
        ("", set()),
    ],
)
def test_sentences_are_read_by_their_clearest_word(text: str, expected: set[bool]) -> None:
    """Negations turn the word round, parts of other words say nothing, and an offer is no choice."""
    assert read_truths([text], []) == expected


def test_contradiction_is_noted_and_not_counted() -> None:
    """Both values, equally clearly stated, give no answer but a note that names the task."""
    found = find_answers("(1)\n\n참\n\n거짓", "(2) 참")
    assert found.stated == {"2.2": True}
    assert "2.1" in found.notes[0]


CODE = {
    "texts": ["# 1)\n'거짓'", "# 2)\n'참'", "# 3)\nprint('참')", "# (4)\nanswer = False", "# 5) 거짓"],
    "one cell of comments": ["# 1) 거짓\n# 2) 참\n# 3) 참\n# 4) 거짓\n# 5) 거짓"],
    "numbered names": ["q1 = False\nq2 = True\nq3 = True\nq4 = 'F'\nq5 = '거짓'"],
    "a list": ["answers = [False, True, True, False, False]"],
    "a dictionary": ["{1: '거짓', 2: '참', 3: True, 'q4': False, 5: 'F'}"],
    "printed": ["print('1) 거짓')\nprint('2) 참')\nprint('3) 참')\nprint('4) 거짓')\nprint('5) 거짓')"],
    "text of lines": ['"""\n1) 거짓\n2) 참\n3) 참\n4) 거짓\n5) 거짓\n"""'],
}


@pytest.mark.parametrize("form", CODE)
def test_answers_in_code_are_read_without_running_it(form: str) -> None:
    """Constants, comments and prints state answers."""
    assert find_answers(*CODE[form], code=True).stated == ALL


def test_cell_that_assigns_the_variable_is_left_to_the_run() -> None:
    """Where the variable asked for is assigned, neither value nor comment is read here."""
    found = find_answers("answer_2_1 = 1 < 0  # 참", "answer_2_2: bool = True", "# 3) 참", code=True)
    assert found.stated == {"2.3": True}


def test_hostile_code_does_no_harm() -> None:
    """Code that is no Python, or nested without end, states nothing and stops nothing."""
    assert find_answers("(" * 10_000, "'\0'", "x = [" * 500, "-" * 15_000 + "1", code=True).stated == {}


def test_answers_of_training_tasks_are_not_read() -> None:
    """A sentence with true or false below a training task is no answer to a statement."""
    cells = [new_markdown_cell("### (1)\n\n참"), new_code_cell("a = True")]
    assert locate_tasks(new_notebook(cells=cells), EXAM, RELEASED).stated == {}


def test_only_answers_in_words_are_enough_to_be_recognised() -> None:
    """A notebook without headings whose only content is the list of answers is not refused."""
    notebook = new_notebook(cells=[new_markdown_cell(LISTS["letters"])])
    assert locate_tasks(notebook, EXAM, RELEASED).stated == ALL
    with pytest.raises(NotebookError):
        locate_tasks(new_notebook(cells=[new_markdown_cell("참")]), EXAM, RELEASED)


WORDS = ["거짓", "참", "참", "거짓", "거짓"]
LETTERS = ["X", "O", "O", "X", "X"]
LINES = [
    ("(**{}**) 고쳐 쓴 말이다. {}", WORDS),
    ("(`{}`) 고쳐 쓴 말이다 {}", WORDS),
    ("**({})** 고쳐 쓴 말이다 {}", WORDS),
    ("( {} ) 고쳐 쓴 말이다. {}", WORDS),
    ("({}) 답: {}. 이유는 손실이 참값과 다르기 때문이다", WORDS),
    ("({}) 고쳐 쓴 말이다 ( {} )", LETTERS),
    ("({}) 고쳐 쓴 말이다({})", LETTERS),
    ("({}) 고쳐 쓴 말이다. {}", LETTERS),
]


@pytest.mark.parametrize(("form", "values"), LINES)
def test_reworded_statements_are_read(form: str, values: list[str]) -> None:
    """A number with emphasis or spaces, a reason, or a letter at the end is read, in one cell or several."""
    lines = [form.format(number, value) for number, value in enumerate(values, 1)]
    for texts in (lines, ["\n\n".join(lines)], [" ".join(lines)]):
        found = find_answers(*texts)
        assert (ALL, ()) == (found.stated, found.notes)


def test_reasons_in_order_need_no_numbers() -> None:
    """Five answers with reasons, one a line, are those of the five statements."""
    assert ALL == find_answers("\n\n".join(f"답: {word}. 이유는 다음과 같다" for word in WORDS)).stated


@pytest.mark.parametrize("title", ["# 2. 참거짓", "## 2. O/X", "2. 참거짓", "# 참거짓", "# 2부 참/거짓"])
@pytest.mark.parametrize("answers", ["거짓, 참, 참, 거짓, 거짓", "거짓\n참\n참\n거짓\n거짓", "F T T F F"])
def test_title_of_the_part_is_no_answer(title: str, answers: str) -> None:
    """A list below the part's heading is read in order, in the heading's cell or in the next."""
    for texts in ([f"{title}\n\n{answers}"], [title, answers]):
        cells = [new_markdown_cell("(6)"), new_code_cell("a = 1"), *map(new_markdown_cell, texts)]
        found = locate_tasks(new_notebook(cells=cells), EXAM, RELEASED)
        assert (ALL, ()) == (found.stated, found.notes)


def test_answers_of_several_statements_never_land_in_one() -> None:
    """A cell under one task that answers several statements is left out, with a note."""
    quoted = "\n\n".join(f"{STATEMENTS[task].partition(chr(10))[2].strip()} 거짓" for task in ("2.3", "2.4"))
    for text in ("거짓, 참, 참", "<1> 고쳐 쓴 말 거짓\n\n<2> 다시 쓴 말 거짓", quoted):
        found = find_answers("### (3)", text)
        assert {} == found.stated
        assert "2.3" in found.notes[0]


def test_great_integers_and_odd_escapes_are_harmless(recwarn: pytest.WarningsRecorder) -> None:
    """A number too great to be written states nothing, and no warning about a student's code gets out."""
    hexadecimal = "0x" + "f" * 5_000
    sources = [hexadecimal, f"print({hexadecimal})", f"q1 = {hexadecimal}", "a = '\\d'", "1 is 1"]
    assert {} == find_answers(*sources, code=True).stated
    assert [] == list(recwarn)
