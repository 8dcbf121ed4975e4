"""Tries from inside what must fail, and prints what did not: `python -m grader.probe.trial SECRET`.

SECRET is a file of the host that nobody inside should be able to read. Prints JSON: a list of the
accesses that succeeded, empty where the room is shut.
"""

import json
import os
import socket
import sys
from pathlib import Path


def list_escapes(secret: Path) -> list[str]:
    """The accesses that should have failed and did not, in words."""
    escapes = []
    try:
        secret.read_bytes()
        escapes.append("a file of the host can be read")
    except OSError:
        pass
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
        escapes.append("an internet socket can be made")
    except OSError:
        pass
    if os.getuid() == 0:
        escapes.append("it runs as root")
    return escapes


if __name__ == "__main__":
    print(json.dumps(list_escapes(Path(sys.argv[1]))))
