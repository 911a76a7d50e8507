"""Types that `sot.SkeletonOfThought.fill` takes: their JSON schemas, and their objects from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, cast

from .errors import ConfigError, InvalidFieldError
from .structure.strings import visible

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

_TAKEN = "a pydantic model, a dataclass, a TypedDict, a TypeAdapter or a JSON schema"


class Filler:
    """Schema of an object that is to be filled, and the reader of what was written.

    Args:
        model: A pydantic model, a dataclass, a TypedDict, a pydantic ``TypeAdapter``, or a JSON schema.

    Attributes:
        schema: The JSON schema.

    Raises:
        ConfigError: It is nothing of this, or has no JSON schema.
    """

    def __init__(self, model: object) -> None:
        self._adapter: TypeAdapter[Any] | None = None
        if isinstance(model, Mapping):
            self.schema = cast("Mapping[str, Any]", model)
            return
        from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
        from pydantic_core import SchemaError

        try:
            self._adapter = _adapter(model)
            self.schema = self._adapter.json_schema(schema_generator=_generator())
        except (PydanticUserError, PydanticUndefinedAnnotation, SchemaError) as error:
            # The cause stands first, but last where pydantic cannot run a pattern, say.
            said = str(error).strip().splitlines()[-1 if isinstance(error, SchemaError) else 0]
            name = getattr(model, "__name__", "") or repr(model)
            raise ConfigError(f"the model {name:.60} has no JSON schema: {said.strip()}") from None

    def read(self, text: str) -> Any:
        """Return the object that a JSON text holds.

        Raises:
            InvalidFieldError: It is not valid for the model, whose own checks may ask for more.
        """
        if self._adapter is None:
            return json.loads(text)
        from pydantic import VERSION, ValidationError

        # The schema has the aliases, whatever the model would rather read.
        names: Any = {} if VERSION.startswith("2.10.") else {"by_alias": True, "by_name": True}
        try:
            return self._adapter.validate_json(text, **names)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            raise InvalidFieldError(
                visible(_path(first["loc"])), visible(" ".join(first["msg"].split()))
            ) from error


def _adapter(model: object) -> TypeAdapter[Any]:
    """Return pydantic's reader of a type.

    Raises:
        ConfigError: It is no type with fields.
    """
    from pydantic import TypeAdapter

    if isinstance(model, TypeAdapter):
        return cast("TypeAdapter[Any]", model)
    # The marks of pydantic's models and of TypedDicts, of typing or of typing_extensions.
    marked = hasattr(model, "__pydantic_fields__") or hasattr(model, "__required_keys__")
    if not (isinstance(model, type) and (marked or is_dataclass(model))):
        raise ConfigError(f"fill takes {_TAKEN}, not {model!r:.60}")
    return TypeAdapter(cast("Any", model))


def _generator() -> type[GenerateJsonSchema]:
    """Return pydantic's generator of schemas, with those that a model can follow for values beyond JSON's."""
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - as the base has it
            "skipped-choice",
            "non-serializable-default",
        }

        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            """Decimal: a number, where pydantic would take any text, too."""
            bounds = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
            made = {word: float(schema[key]) for key, word in bounds.items() if key in schema}
            if (places := schema.get("decimal_places")) is not None:
                made["multipleOf"] = float(f"1e-{places}")
            return {"type": "number", **made}

    return Generator


def _path(steps: tuple[str | int, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
