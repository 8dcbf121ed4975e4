"""The errors that this package raises on purpose.

    GraderError
    ├── AssignmentError        the assignment's own files are missing or wrong
    │   └── UnknownAssignment  no assignment has that name, or none matches a notebook
    ├── CollectError           the place that should hold submissions does not
    ├── NotebookError          a file is no notebook that can be read
    ├── SandboxError           no sandbox works on this machine, or the one asked for does not
    ├── ClusterError           the cluster cannot be reached, or none of its workers can be used
    ├── EngineError            a run could not be made or finished: the grader's fault, not the student's
    └── EvidenceError          evidence is malformed, too large or of another version

Every message says what is wrong, where, and what to do about it.
"""


class GraderError(Exception):
    """Something that the user of the command line can read and mend."""


class AssignmentError(GraderError):
    """The assignment's own files are missing or wrong."""


class UnknownAssignment(AssignmentError):
    """No assignment has that name, or none matches a notebook."""


class CollectError(GraderError):
    """The place that should hold submissions does not."""


class NotebookError(GraderError):
    """A file is no notebook that can be read."""


class SandboxError(GraderError):
    """No sandbox works on this machine, or the one asked for does not."""


class ClusterError(GraderError):
    """The cluster cannot be reached, or none of its workers can be used."""


class EngineError(GraderError):
    """A run could not be made or finished: the grader's fault, not the student's."""


class EvidenceError(GraderError):
    """Evidence is malformed, too large or of another version."""
