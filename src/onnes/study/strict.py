"""What every entry of a configuration has in common: no unknown key, quantities with units, one-line errors.

pydantic is used in `onnes.study` only, at the one boundary where text becomes a model.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from onnes.errors import InvalidInput, UnitMismatch
from onnes.units import UNIT_OF, parse

SHAPE_TAG = "<"
"""Tags of entries told apart by their keys begin with this, so that they never look like a key."""


class Strict(BaseModel):
    """Base of all entries: frozen, and a key that it does not know is an error that names the near ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        if isinstance(given, dict):
            names = [field.alias or name for name, field in cls.model_fields.items()]
            for key in given:
                if key not in names:
                    context = {"key": str(key), "allowed": ", ".join(names)}
                    raise PydanticCustomError("unknown_key", "{key} is not one of {allowed}", context)
        return given


def _quantity(kind: str, word: str = "") -> Any:
    """The type of a quantity that is given as number or text; ``word`` may stand in its place."""

    def read(given: Any) -> float | str:
        if word and given == word:
            return word
        try:
            return parse(given, kind)
        except UnitMismatch as error:
            context = {"cause": error.cause, "remedy": error.remedy}
            raise PydanticCustomError("unit", "{cause}; {remedy}", context) from None

    described = f"{kind}: a string with a unit, or a number in {UNIT_OF[kind]}" + (
        f", or {word!r}" if word else ""
    )
    return Annotated[
        float | str if word else float,
        BeforeValidator(read),
        WithJsonSchema({"type": ["number", "string"], "description": described}),
    ]


Energy = _quantity("energy")
EnergyOrMax = _quantity("energy", "max")
Temperature = _quantity("temperature")
Pressure = _quantity("pressure")
Field = _quantity("field")


def _beside(given: Any, info: ValidationInfo) -> Any:
    folder = (info.context or {}).get("folder", Path())
    return folder / given if isinstance(given, str | Path) else given


File = Annotated[Path, BeforeValidator(_beside)]
"""A file named relative to the folder of the configuration that names it."""


def explain(
    error: ValidationError, source: str, given: Any, kinds: Mapping[str, Sequence[str]]
) -> InvalidInput:
    """Turn pydantic's report into one line: the key path, what is wrong, what would be right.

    Parameters
    ----------
    error : the report; its first entry is told, the number of the others is added.
    source : name of the file.
    given : the mapping that was validated.
    kinds : for each table that must say its kind, the kinds there are.
    """
    found = error.errors(include_url=False)
    first = found[0]
    path = key_path(first["loc"], given)
    cause, remedy = _told(first, path, kinds)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return InvalidInput(f"{source}: {cause}{more}", remedy)


def _told(first: Any, path: str, table: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    context = first.get("ctx", {})
    match first["type"]:
        case "unknown_key":
            allowed = context["allowed"].split(", ")
            return f"{_join(path, context['key'])} is not a key", did_you_mean(context["key"], allowed)
        case "missing":
            return f"{path} is missing", "add it"
        case "unit":
            return f"{path}: {context['cause']}", context["remedy"]
        case "told":
            return f"{path} {context['cause']}".strip(), context["remedy"]
        case "union_tag_invalid":
            kinds = [kind.strip("'") for kind in context["expected_tags"].split(", ")]
            return f"{path}.kind = {context['tag']!r} is not known", did_you_mean(context["tag"], kinds)
        case "union_tag_not_found":
            return f"{path} does not say its kind", f"add kind = one of {', '.join(table.get(path, ()))}"
        case _:
            said = first["msg"]
            return f"{path} = {_short(first['input'])} is not possible", said[:1].lower() + said[1:]


def told(cause: str, remedy: str) -> PydanticCustomError:
    """Return the error that a validator raises to say its own cause and remedy."""
    return PydanticCustomError("told", "{cause}; {remedy}", {"cause": cause, "remedy": remedy})


def did_you_mean(given: str, allowed: Sequence[str]) -> str:
    """Return a remedy: the nearest allowed word first, then all of them."""
    near = get_close_matches(given, allowed, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}allowed: {', '.join(allowed)}"


def key_path(location: Iterable[str | int], given: Any) -> str:
    """Return ``solve.temperature`` or ``model.spectrum.peaks[1].coupling`` without pydantic's union tags."""
    path, here = "", given
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
            here = here[step] if isinstance(here, list) and step < len(here) else None
            continue
        # pydantic names the branch of a union too, where the configuration has no key.
        if not isinstance(here, dict) or step.startswith(SHAPE_TAG):
            continue
        if step not in here and here.get("kind") == step:
            continue
        path, here = _join(path, step), here.get(step)
    return path


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
