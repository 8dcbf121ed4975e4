"""The check of a class of the notebook's own, where a task asks for its name."""

import pytest
from training_samples import gather
from value_samples import judge

from grader.records import ModuleTrace, TaskRun


@pytest.mark.parametrize(
    ("name", "own", "outcome"),
    [
        (None, "RNN", "passed"),
        ("SentimentLSTM", "SentimentLSTM", "passed"),
        ("SentimentLSTM", "build.<locals>.Sentiment_Lstm", "passed"),
        ("SentimentLSTM", "RNN", "failed"),
        ("SentimentLSTM", "SentimentLSTM2", "failed"),
    ],
)
def test_own_class_may_need_a_name(name: str | None, own: str, outcome: str) -> None:
    """Written in any case; a class of another name is told what it should be called."""
    bases = (f"__main__.{own}", "torch.nn.modules.module.Module")
    module = ModuleTrace(name=f"__main__.{own}", bases=bases, trained=True)
    evidence = gather(TaskRun(task="1", steps=5, modules=(module,)))
    options = {} if name is None else {"name": name}
    verdict = judge("trains_own_class", options, evidence, trains=True)
    assert outcome == verdict.outcome
    assert (outcome == "failed") == ("Call this one" in verdict.message)
