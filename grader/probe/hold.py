"""Holds a room open until its input ends: another process joins its namespaces meanwhile.

    python -m grader.probe.hold

Says `open` when the room is furnished and this process locked in.
"""

import os

from grader.probe.processes import hide_process


def hold() -> None:
    """Tell that the room stands, and wait for the end of standard input."""
    hide_process()
    os.write(1, b"open\n")
    os.close(1)
    while os.read(0, 1024):
        pass


if __name__ == "__main__":
    hold()
