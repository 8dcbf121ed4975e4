"""Cells, outputs and figures as a run of the exam shows them, and as somebody who means harm would."""

import base64
import json
import math
import struct
import zlib
from typing import Any

from grader.exhibits import SubmissionExhibit, TaskExhibit
from grader.records import CellRun, OptimizerTrace, TensorTrace

SYMBOLS = ("!", "?", "h", "i", "e", "l", "o")
ROWS = tuple("i?hello!!h")
CELL_OWNER = "torch.nn.modules.rnn.RNNCell"


def make_png(width: int = 3, height: int = 2, claimed: tuple[int, int] | None = None) -> str:
    """A red PNG in base64; `claimed` is the size that its header states, if it lies."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


def make_jpeg_header(width: int, height: int) -> str:
    """The beginning of a JPEG up to its frame header, in base64."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    application = b"\xff\xe0\x00\x04\x00\x00"
    data = b"\xff\xd8" + application + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
    return base64.b64encode(data).decode()


def make_notebook(*cells: dict[str, Any]) -> str:
    """A notebook of these cells as text."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)})


def make_code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": outputs}


def make_data(**data: Any) -> dict[str, Any]:
    """An output of one or more media types; two underscores stand for a slash."""
    named = {name.replace("__", "/").replace("_xml", "+xml"): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": named}


def make_stream(text: str) -> dict[str, Any]:
    """What a cell printed."""
    return {"output_type": "stream", "name": "stdout", "text": text}


SOURCE = '''torch.manual_seed(43052)  # as in the exercise
class MyRNN(torch.nn.Module):
    """A recurrent network of one's own."""

    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x, hidden):
        return torch.tanh(self.i2h(x) + self.h2h(hidden))

for epoch in range(100):
    loss = train(net, x, y)
    if epoch % 20 == 0:
        print(f"epoch {epoch}: {loss:.4f}")
'''
TABLE = (
    '<div><style scoped>.dataframe td {color: red}</style><table border="1"><thead><tr><th></th><th>h</th>'
    "<th>i</th></tr></thead><tbody><tr><th>0</th><td>0.981</td><td>0.004</td></tr>"
    "<tr><th>1</th><td>0.002</td><td>0.993</td></tr></tbody></table></div>"
)
TRACE = (
    "\x1b[31m---------------------------------------------------------------------------\x1b[39m\n"
    "\x1b[31mNameError\x1b[39m                                 Traceback (most recent call last)\n"
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[7]\x1b[39m\x1b[32m, line 1\x1b[39m\n"
    "\x1b[32m----> \x1b[39m\x1b[32m1\x1b[39m \x1b[43mlstm_cell\x1b[49m(x)\n\n"
    "\x1b[31mNameError\x1b[39m: name 'lstm_cell' is not defined"
)


def make_matrix(offset: float) -> tuple[tuple[float, ...], ...]:
    """Fitted values of the first ten rows, all near their symbol."""
    wrong = 0.01 + offset
    return tuple(
        tuple(
            1 - 6 * wrong if symbol == row else wrong * (0.5 + place / 6)
            for place, symbol in enumerate(SYMBOLS)
        )
        for row in ROWS
    )


def make_losses(rate: float, steps: int = 100) -> tuple[float, ...]:
    """A falling loss with a bump."""
    return tuple(
        1.95 * math.exp(-rate * step) + 0.0008 + 0.02 * math.exp(-((step - 40) ** 2) / 8)
        for step in range(steps)
    )


def make_tensors(owner: str, names: tuple[str, ...]) -> tuple[TensorTrace, ...]:
    """The six trained tensors of a recurrent network with an output layer."""
    shapes = ((8, 7), (8, 8), (8,), (8,), (7, 8), (7,))
    return tuple(
        TensorTrace(
            shape=shape,
            elements=math.prod(shape),
            name=name,
            owner=owner if place < 4 else "torch.nn.modules.linear.Linear",
        )
        for place, (shape, name) in enumerate(zip(shapes, names, strict=True))
    )


def make_exhibit() -> SubmissionExhibit:
    """What is shown of a submission that answered 1.3 and failed in 1.6."""
    reference = make_tensors(CELL_OWNER, ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight", "bias"))
    own = ("i2h.weight", "h2h.weight", "i2h.bias", "h2h.bias", "weight", "bias")
    adam = OptimizerTrace(
        name="torch.optim.adam.Adam", settings={"lr": 0.1, "weight_decay": 0, "amsgrad": False}, steps=100
    )
    shown = TaskExhibit(
        task="1.3",
        rows=ROWS,
        columns=SYMBOLS,
        fitted=make_matrix(0.01),
        reference=make_matrix(0.0),
        caption="After step 99, before its update.",
        losses=make_losses(0.06),
        reference_losses=make_losses(0.08),
        tensors=make_tensors("__main__.MyRNN", own),
        reference_tensors=reference,
        optimizers=(adam,),
        notes=("The notebook asked for cuda:0 and got the CPU.",),
    )
    notebook = make_notebook(
        {"cell_type": "markdown", "metadata": {}, "source": "# 기말고사\n\nThe **set-up**: `torch`, $x_t$."},
        make_code("import torch\nimport pandas as pd"),
        {"cell_type": "markdown", "metadata": {}, "source": "## (3) My own RNN\n\n- tanh\n- two `Linear`s"},
        make_code(SOURCE, make_stream("epoch 0: 1.9500\nepoch 20: 0.4210\n"), make_data(text__html=TABLE)),
        make_code(
            "plt.matshow(yhat[-15:])", make_data(image__png=make_png(360, 200), text__plain="<Figure>")
        ),
        make_code("lstm_cell(x)", {"output_type": "error", "ename": "NameError", "traceback": [TRACE]}),
    )
    return SubmissionExhibit(
        notebook=notebook,
        cell_tasks=(None, None, "1.3", "1.3", "1.3", "1.6"),
        cells=(
            CellRun(index=1, task=None, status="ok", seconds=0.9),
            CellRun(index=3, task="1.3", status="ok", seconds=21.4),
            CellRun(index=4, task="1.3", status="ok", seconds=0.3),
            CellRun(index=5, task="1.6", status="error", error="NameError: name 'lstm_cell' is not defined"),
        ),
        notes=("A second file was left aside: 이영희 (1).ipynb.",),
        tasks=(shown,),
        method="headings",
    )
