"""What several commands have in common: choices, exit statuses."""

import click

SANDBOXES = click.Choice(["auto", "bwrap", "container", "landlock", "none"])
DEVICES = click.Choice(["auto", "cpu", "cuda"])
MODES = click.Choice(["full", "quick"])

UNGRADED = 1
MISUSE = 2
OWN_FAULT = 3
"""The grader, the sandbox or the machine failed, and a person has to look. Stronger than UNGRADED."""
INTERRUPTED = 130

LOST = "grader.lost"
"""Where a command keeps what an interruption would lose at the moment."""
