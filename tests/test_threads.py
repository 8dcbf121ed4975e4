"""Code that a look at one forward pass does not see: in threads, and beneath the notebook's own profiler."""

from typing import Any

import pytest
from probe_samples import SETUP
from probe_scripts import SEED, run

THREADS = {
    "thread": "import threading\nt = threading.Thread(target=print)\nt.start(); t.join()",
    "bare": "import _thread\n_thread.start_new_thread(print, ())",
    "pool": "import concurrent.futures as c\nc.ThreadPoolExecutor(1).submit(int).result()",
    "other pool": "from multiprocessing.pool import ThreadPool\nThreadPool(1).map(int, [1])",
    "feigned module": "exec('import threading; threading.Timer(0, int).start()', {'__name__': 'tqdm'})",
    "within a thread": "later = threading.Thread(target=int)\ndef go():\n"
    "    threads.has_any = False\n    later.start()\n"
    "first = threading.Thread(target=go)\nfirst.start(); first.join()",
}
NO_THREADS = {
    "none": "import threading\nx = threading.active_count()",
    "bar": "import tqdm\nfor _ in tqdm.tqdm(range(3), mininterval=1): pass",
    "loader": "import torch\nlist(torch.utils.data.DataLoader(range(4), batch_size=2))",
    "backward": "import torch\ntorch.ones(2, requires_grad=True).sum().backward()",
}

WATCH = """
import threading
from grader.probe.places import Places
from grader.probe.threads import ThreadWatch
places = Places()
threads = ThreadWatch(places)
threads.install()
# The kernel's own, beneath which no cell runs.
threading.Thread(target=int).start()
for name, source in SOURCES.items():
    places.namespace = {"__name__": "__main__", "threads": threads, "threading": threading}
    threads.has_any = False
    exec(compile(source, name, "exec"), places.namespace)
    found[name] = threads.has_any
"""


@pytest.fixture(scope="module")
def heard() -> dict[str, Any]:
    """Whether each source was heard to start a thread."""
    return run(f"SOURCES = {THREADS | NO_THREADS!r}", WATCH)


@pytest.mark.parametrize("name", [*THREADS, *NO_THREADS])
def test_threads_of_the_notebooks_own_are_heard(heard: dict[str, Any], name: str) -> None:
    """However they are started; those of libraries that work by themselves are not the notebook's."""
    assert (name in THREADS) == heard[name]


PASS = """
probe = Probe(seed=SEED, map_devices=True)
probe.install()
notebook = {"__name__": "__main__"}
probe.places.namespace = notebook
exec(SETUP, notebook)
for name, source in SOURCES.items():
    probe.threads.has_any = False
    content = {"task": name, "keep": [], "keep_every": False, "forbids": name.startswith("strict")}
    probe.begin_task(content, notebook, lambda *_: None)
    exec(compile(source, name, "exec"), notebook)
    found[name] = probe.end_task(content, notebook)[0].suspicions
"""
PLAIN = "train(*build(1), steps=20)"
PROFILED = "with torch.autograd.profiler.profile():\n    train(*build(1), steps=20)"
PASS_BY_PASS = """
net, lin = build(1)
forward = net.forward
def look(*given):
    with torch.profiler.profile():
        return forward(*given)
net.forward = look
train(net, lin, steps=20)
"""
THREADED = "import threading\nthreading.Thread(target=int).start()\n" + PLAIN


def test_what_cannot_be_looked_at_is_told_where_layers_are_forbidden() -> None:
    """A person then looks; elsewhere threads and profilers are nobody's business."""
    sources = {"plain": PLAIN, "profiled": PROFILED, "pass by pass": PASS_BY_PASS, "threaded": THREADED}
    asked = {f"{kind} {name}": source for name, source in sources.items() for kind in ("strict", "free")}
    found = run(
        "from grader.probe.tasks import Probe", f"SEED, SETUP, SOURCES = {SEED}, {SETUP!r}, {asked!r}", PASS
    )
    profiler = ["torch's profiler was in use, so that no forward pass could be looked at"]
    expected: dict[str, list[str]] = {name: [] for name in asked}
    expected |= {"strict profiled": profiler, "strict pass by pass": profiler}
    expected["strict threaded"] = ["a thread was started, and what runs there is not looked at"]
    assert expected == found
