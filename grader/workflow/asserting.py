"""What the runner is told of an assignment's assertions."""

from grader.assignment.claims import split_block
from grader.assignment.spec import Assignment
from grader.execute.plan import AssertionPlan


def plan_assertions(assignment: Assignment, task_id: str) -> tuple[AssertionPlan, ...]:
    """A task's blocks: questions where the judge decides, and the code for where it cannot."""
    book = assignment.assertions
    found = []
    for block in book.list_for(task_id):
        claims = split_block(block, book)
        found.append(
            AssertionPlan(
                id=block.id,
                looks=None if claims is None else claims.looks,
                code=block.code,
                form=block.form,
                own=book.own,
                imports=tuple(book.imports),
            )
        )
    return tuple(found)
