"""Compiling and rendering of a pack's templates, with errors that name file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..errors import PromptPackError
from .budget import budget_for

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_LONGEST_REASON = 300


def environment_of(folder: Path) -> Environment:
    """Create the environment of the templates in a folder."""
    from .sandbox import PromptSandbox

    return PromptSandbox(folder)


def compile_template(environment: Environment, folder: Path, stage: str) -> Template:
    """Compile the template of a stage.

    Raises:
        PromptPackError: It is missing or broken.
    """
    import jinja2

    try:
        return environment.get_template(f"{stage}.j2")
    except jinja2.TemplateNotFound:
        raise PromptPackError("the file is missing", file=str(folder / f"{stage}.j2")) from None
    except PromptPackError:
        raise
    except Exception as error:  # noqa: BLE001 - a hostile template makes Jinja2 or Python fail in many ways
        raise _template_error(folder, stage, error) from None


def render_template(template: Template, folder: Path, stage: str, values: Mapping[str, object]) -> str:
    """Render a template with plain values, within its budget.

    Raises:
        PromptPackError: The template fails, or asks for too much.
    """
    try:
        with budget_for(values):
            return template.render(values).strip("\n")
    except PromptPackError:
        raise
    except Exception as error:  # noqa: BLE001 - a template can raise anything, such as TypeError
        raise _template_error(folder, stage, error) from None


def _template_error(folder: Path, stage: str, error: Exception) -> PromptPackError:
    """Build the error for a template that fails, with its file and line."""
    # A syntax error may be in an included file, which it names.
    file = cast("str | None", getattr(error, "filename", None)) or str(folder / f"{stage}.j2")
    line = cast("int | None", getattr(error, "lineno", None))
    trace = error.__traceback__
    while trace is not None:  # a run-time error has its line in the traceback, which Jinja2 rewrites
        name = trace.tb_frame.f_code.co_filename
        if name.endswith(".j2") and Path(name).parent.is_relative_to(folder):
            file, line = name, trace.tb_lineno
        trace = trace.tb_next
    return PromptPackError(_reason(error), file=file, line=line)


def _reason(error: Exception) -> str:
    import jinja2

    if isinstance(error, RecursionError):
        return "the template goes too deep: it calls or includes itself, or its parentheses are nested"
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no file {str(error)!r} in the pack's folder"
    return " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
