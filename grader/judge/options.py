"""Turns the options that a rubric gives a check into what the check asks for."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter


def convert_options(function: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the types that a check asks for. Raises ValidationError where they are not."""
    return {name: _adapt(function, name).validate_python(value) for name, value in options.items()}


@cache
def _adapt(function: Any, option: str) -> TypeAdapter[Any]:
    # Made once: every submission is judged by the same checks.
    return TypeAdapter(get_type_hints(function)[option])
