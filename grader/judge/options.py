"""Turns the options that a rubric gives a check into what the check asks for."""

from collections.abc import Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter


def convert_options(function: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the types that a check asks for. Raises ValidationError where they are not."""
    hints = get_type_hints(function)
    return {name: TypeAdapter(hints[name]).validate_python(value) for name, value in options.items()}
