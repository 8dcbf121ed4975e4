"""The command line: parse, call, print, exit. The only room that prints or exits."""

from grader.cli.main import main

__all__ = ["main"]
