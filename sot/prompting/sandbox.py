"""Jinja2 environment of prompt packs: a sandbox whose templates get plain values and cannot run away.

A template may come from a stranger. Jinja2's own sandbox keeps it from Python's insides; what it leaves open
is closed here. Values are plain (`sot.prompting.plain`). Only known filters, functions and methods are called
(`sot.prompting.vocabulary`). Every loop, call, operator and piece of output pays from the rendering's budget
(`sot.prompting.budget`), which `BoundedSyntax` writes into the syntax tree before it is compiled. A file is
read only if it lies in the pack's folder and is not large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

import jinja2
from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner

from .bounded_syntax import CONCAT, LOOP, NEW, SIZED, SPEND, TEXT, BoundedSyntax
from .budget import MAX_BITS, BudgetError, current_budget
from .percent import formatted_size
from .reading import read_text
from .vocabulary import FILTERS, GLOBALS, METHODS, TESTS, checked, listed, pay, text_of

_CALL_STEPS = 5
_CHARS_A_STEP = 8  # of a template that is compiled
_OWN_METHODS: Mapping[type, tuple[str, ...]] = {LoopContext: ("cycle", "changed"), Cycler: ("next", "reset")}
_CALLABLE = (Macro, BlockReference, Joiner)


class PackLoader(jinja2.BaseLoader):
    """Loader of the templates in a pack's folder.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Read a template."""
        path = self._folder.joinpath(*jinja2.loaders.split_template_path(template))
        if not path.exists():
            raise jinja2.TemplateNotFound(template)
        text = read_text(path, self._folder)
        # An included file is compiled when it is first met, in the middle of a rendering.
        current_budget().spend(len(text) // _CHARS_A_STEP)
        return text, str(path), lambda: True


class PromptSandbox(ImmutableSandboxedEnvironment):
    """Environment of the templates of one pack.

    Args:
        folder: The pack's folder.
    """

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, folder: Path) -> None:
        super().__init__(
            loader=PackLoader(folder),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # prompts are plain text; nothing here is shown as HTML
            keep_trailing_newline=False,
            optimized=False,  # constants, too, are worked out within the budget
            cache_size=-1,  # a folder has few files
            auto_reload=False,
        )
        self.filters = {**FILTERS, **_BOUNDS}
        self.tests = dict(TESTS)
        self.globals = dict(GLOBALS)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        """Generate a template's code, with the payments in it."""
        return super()._generate(BoundedSyntax(name, filename).bounded(source), name, filename, defer_init)

    def call_filter(self, name: str, *given: Any, **more: Any) -> Any:
        """Call a filter that another one names, such as ``map``."""
        if name in _BOUNDS:
            raise SecurityError(f"no filter named {name!r}")
        return super().call_filter(name, *given, **more)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template may have an attribute: none of a function."""
        if isinstance(obj, (FunctionType, MethodType, BuiltinMethodType, type)):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Apply an operator, once it is paid for."""
        budget = current_budget()
        sizes = budget.measure(left), budget.measure(right)
        budget.spend(1, _operation_size(operator, (left, right), sizes))
        return checked(super().call_binop(context, operator, left, right), budget)

    def call(self, context: Context, function: Any, /, *given: Any, **more: Any) -> Any:
        """Call what a template calls, if it is one of the few things that it may."""
        if isinstance(function, Undefined):
            return context.call(function)  # which raises, and names it
        budget = current_budget()
        budget.spend(_CALL_STEPS)
        if isinstance(function, BuiltinMethodType):
            owner, name = function.__self__, function.__name__
            if name in METHODS.get(type(owner), ()):
                pay(name, (owner, *given), more, budget)
                return checked(function(*given, **more), budget)
        elif _is_known(function):
            for value in (*given, *more.values()):
                budget.spend(1, budget.measure(value))
            made = context.call(function, *given, **more)
            return made if type(made) in _MADE else checked(made, budget)
        raise SecurityError(f"a prompt template cannot call {getattr(function, '__name__', 'this')!r}")


_MADE = tuple(value for value in GLOBALS.values() if isinstance(value, type) and value is not dict)


def _is_known(function: Any) -> bool:
    if isinstance(function, MethodType):
        return function.__name__ in _OWN_METHODS.get(type(function.__self__), ())
    return isinstance(function, _CALLABLE) or any(function is known for known in GLOBALS.values())


def _operation_size(operator: str, sides: tuple[Any, Any], sizes: tuple[int, int]) -> int:
    """Return the characters that an operation makes at most.

    Raises:
        BudgetError: It makes a number that is too large.
    """
    left, right = sides
    numbers = isinstance(left, int) and isinstance(right, int)
    if operator == "**" and numbers and right > 0:
        _must_be_small(left.bit_length() * right)
    elif operator == "*" and numbers:
        _must_be_small(left.bit_length() + right.bit_length())
    elif operator == "*":
        return _repeated(sides, sizes)
    elif operator == "%" and isinstance(left, str):
        return sum(sizes) + formatted_size(left, sizes[1])
    return sum(sizes)


def _repeated(sides: tuple[Any, Any], sizes: tuple[int, int]) -> int:
    """Return the characters of a repeated text or list; its elements are steps."""
    for (value, times), size in zip((sides, sides[::-1]), sizes, strict=True):
        if isinstance(times, int) and type(value) in (str, tuple, list):
            if type(value) is not str:
                current_budget().spend(max(0, times) * len(value))
            return max(0, times) * size
    return sum(sizes)


def _must_be_small(bits: int) -> None:
    if bits > MAX_BITS:
        raise BudgetError(f"a number has more than {MAX_BITS:,} bits")


@pass_context
def _spend(_context: Context, value: Any, steps: int, chars: int) -> Any:
    current_budget().spend(steps, chars)
    return value


@pass_context
def _loop(_context: Context, values: Any, steps: int, chars: int) -> Any:
    budget = current_budget()
    items = listed(values, budget)
    if not isinstance(items, Undefined):
        budget.spend(steps * len(items), chars * len(items))
    return items


@pass_context
def _text(_context: Context, value: Any) -> str:
    return text_of(value, current_budget())


@pass_context
def _concat(_context: Context, values: Iterable[Any]) -> str:
    budget = current_budget()
    return "".join([text_of(value, budget) for value in values])


@pass_context
def _sized(_context: Context, value: Any) -> Any:
    budget = current_budget()
    budget.spend(1, budget.measure(value))
    return value


@pass_context
def _new(_context: Context, value: Any) -> Any:
    return checked(value, current_budget())


_BOUNDS: dict[str, Callable[..., Any]] = {
    SPEND: _spend,
    LOOP: _loop,
    TEXT: _text,
    CONCAT: _concat,
    SIZED: _sized,
    NEW: _new,
}
