"""Says what this machine can do, and how to mend what it cannot; works where half of it is missing."""

from grader.doctor.examine import examine_machine
from grader.doctor.findings import Finding, Section, can_grade

__all__ = ["Finding", "Section", "can_grade", "examine_machine"]
