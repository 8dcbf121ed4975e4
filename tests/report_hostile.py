"""Records and outputs full of markup, as somebody who means harm would shape them."""

from exhibit_samples import make_code, make_data, make_notebook, make_stream

from grader.exhibits import SubmissionExhibit, TaskExhibit
from grader.records import CellRun, TensorTrace
from grader.results import Diagnosis, SubmissionResult, TaskResult, Verdict

HOSTILE = (
    "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}{% x %}%(a)s"
)
HOSTILE_OUTPUTS = [
    make_data(text__html=HOSTILE),
    make_data(text__html="</iframe><script>alert(1)</script>"),
    make_data(text__html="<iframe srcdoc='<script>alert(1)</script>'></iframe>"),
    make_data(text__html='"></iframe><script>alert(1)</script>'),
    make_data(text__markdown="<script>alert(1)</script>[a](javascript:alert(1))"),
    make_data(image__svg_xml="<svg onload='alert(1)'><script>alert(1)</script></svg>"),
    make_data(image__png='x" onerror="alert(1)'),
    make_data(application__javascript="alert(1)"),
    make_data(text__html=3, text__plain={"a": 1}),
    make_stream(HOSTILE),
    {"output_type": "error", "traceback": [HOSTILE, 3, None]},
    {"output_type": "stream", "text": "\ud800\x00"},
    {"output_type": 3},
]


def make_marked(text: str) -> tuple[SubmissionResult, SubmissionExhibit]:
    """A submission that has one text wherever a record takes any."""
    verdict = Verdict(
        name=text, outcome="failed", points=0, max_points=1, expected=text, actual=text, message=text
    )
    diagnosis = Diagnosis(code=text, confidence="likely", message=text)
    tasks = (TaskResult(id="1.1", points=0, max_points=1, checks=(verdict,), diagnosis=(diagnosis,)),)
    submission = SubmissionResult(
        student=text, file=text, sha256=text, status="graded", score=0, max_score=1, tasks=tasks
    )
    shown = TaskExhibit(
        task="1.1", rows=(text,), columns=(text,), fitted=((0.5,),), reference=((0.25,),), caption=text,
        tensors=(TensorTrace(shape=(1,), elements=1, name=text, owner=text),), notes=(text,),
    )  # fmt: skip
    exhibit = SubmissionExhibit(
        notebook=make_notebook(make_code("x = 1", make_stream("1"))),
        cell_tasks=("1.1",),
        cells=(CellRun(index=0, task="1.1", status="error", error=text),),
        notes=(text,),
        tasks=(shown,),
        method=text,
    )
    return submission, exhibit
