"""Python's garbage collector, set for a program that makes many records and keeps them to its end."""

import gc

YOUNG = 10_000
"""Records made before the collector looks at the new ones: a submission's page takes as many."""


def calm_collector() -> None:
    """Have the collector leave alone what is there by now, and look at what comes less often.

    What was imported and what has been judged stays, so that going through it over and over finds nothing;
    with 200 submissions that takes a fifth of the time in which nothing is executed.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
