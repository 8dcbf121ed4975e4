"""The templates' environment: what they may call, and what becomes of every value that they show."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.records import Language
from grader.report import charts
from grader.report.cells import style_source
from grader.report.sanitise import clean_text, is_clean, shorten_text
from grader.report.words import (
    OUTCOMES,
    PROVISIONAL,
    QUICK_RUN,
    QUICK_RUN_KO,
    TASK_MARKS,
    format_points,
    format_seconds,
    judge_tone,
    list_by_hand,
    load_translations,
    shorten_class,
    spell_name,
)

VALUE_CHARACTERS = 2_000
"""Longest single text of a record on a page; only a hostile notebook comes near."""
NOTES, TENSORS, OPTIMIZERS = 40, 60, 8
"""Most notes, tensors and optimizers that are listed."""


@cache
def build_environment(language: Language) -> Environment:
    """The templates' environment: everything is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize_value,
    )
    environment.policies["ext.i18n.trimmed"] = True
    translations = load_translations(language)
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations, newstyle=True
    )
    # The extension's own takes ten times as long, and a page asks for the same words again and again.
    environment.globals["_"] = cache(lambda text: Markup(translations.gettext(text)) % {})
    environment.filters.update(
        points=format_points, seconds=format_seconds, words=spell_name, short_class=shorten_class,
        quote=quote, limit=limit_text, loss=format_loss, figures=list_figures, squares=charts.draw_squares,
        tone=judge_tone, by_hand=list_by_hand,
    )  # fmt: skip
    environment.globals.update(
        OUTCOMES=OUTCOMES,
        PROVISIONAL=PROVISIONAL,
        QUICK_RUN=QUICK_RUN,
        QUICK_RUN_KO=QUICK_RUN_KO,
        TASK_MARKS=TASK_MARKS,
        NOTES=NOTES,
        TENSORS=TENSORS,
        OPTIMIZERS=OPTIMIZERS,
        light_source=style_source(dark=False),
        dark_source=style_source(dark=True),
    )
    return environment


@cache
def find_macro(template: str, name: str, language: Language) -> Callable[..., Markup]:
    """A macro of a template, to be called for the part of a page that it makes."""
    module = build_environment(language).get_template(template).make_module({"language": language})
    macro: Callable[..., Markup] = getattr(module, name)
    return macro


def finalize_value(value: Any) -> Any:
    """A value as it may stand in a page.

    Here rather than in each template, because one forgotten filter would be enough for a lone surrogate
    in one notebook to stop the class's reports. What is finished is looked through again each time that
    it is put into something larger: it may have been kept on a disk meanwhile, and looking costs a
    millisecond for a page.
    """
    if not isinstance(value, str) or is_clean(value):
        return value
    return Markup(clean_text(value)) if isinstance(value, Markup) else clean_text(value)


def limit_text(text: str, characters: int = VALUE_CHARACTERS) -> str:
    """The text, its middle cut out if it is longer than a page has room for."""
    return shorten_text(text, characters)[0]


def format_loss(loss: float | None) -> str:
    """A loss in a table, to six figures."""
    return "–" if loss is None else f"{loss:.6g}"


def list_figures(values: Sequence[float]) -> Markup:
    """A row of fitted values as cells of a table. Of numbers only, so that nothing has to be escaped."""
    return Markup("".join(f'<td class="n">{format_figure(value)}</td>' for value in values))


def format_figure(value: float) -> str:
    """A fitted value in a table, to six decimals, or with an exponent where that would show a zero."""
    return f"{value:.6f}" if value == 0 or 1e-5 <= abs(value) < 1e6 else f"{value:.1e}"
