"""The verbs in order. The only room, with the self-check, that knows both sides of the wall."""

from grader.workflow.calibrate import calibrate
from grader.workflow.selfchecks import check_notebook
from grader.workflow.settings import Listener, Settings
from grader.workflow.verbs import Graded, choose_assignment, grade_class

__all__ = [
    "Graded",
    "Listener",
    "Settings",
    "calibrate",
    "check_notebook",
    "choose_assignment",
    "grade_class",
]
