"""Parts of a kernel's messages that are too large to be read as JSON."""

import json
from typing import Any

LARGEST_JSON_BYTES = 6 * 2**20
"""A task's record is at most 4 MiB. A list of empty lists takes twenty times its length once it is read."""


class Oversized(dict[str, Any]):
    """Stands for a content that was not read: an error, to whoever expects an answer in it."""

    def __init__(self, size: int) -> None:
        """`size` is that of the content, in bytes."""
        super().__init__(
            status="error",
            ename="MessageTooLarge",
            evalue=f"what this cell sent was left out, because it takes {size / 2**20:.0f} MB",
            traceback=[],
            error="the kernel's answer is too large",
        )
        self.size = size


def unpack_capped(content: bytes) -> Any:
    """A part of a message, from JSON. Raises ValueError where it is none."""
    if len(content) > LARGEST_JSON_BYTES:
        return Oversized(len(content))
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("a message is nested too deep") from None
