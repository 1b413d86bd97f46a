"""Models as JSON and back, without pickle: only dataclasses that `onnes.model` hands on are built.

Floats survive to the bit (JSON keeps the shortest decimal that reads back as the same double).
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from onnes.errors import InvalidInput


def encode(value: Any) -> Any:
    """Turn a model (nested frozen dataclasses, arrays, tuples, numbers, text) into JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        return {"model": type(value).__name__, **fields}
    if isinstance(value, np.ndarray):
        if np.iscomplexobj(value):
            return {"array": [value.real.tolist(), value.imag.tolist()], "dtype": "complex128"}
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {"mapping": {str(k): encode(v) for k, v in value.items()}}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise InvalidInput(
        f"a {type(value).__name__} cannot be stored in a model", "use numbers, text, arrays and dataclasses"
    )


def decode(plain: Any) -> Any:
    """Rebuild what `encode` wrote; lists come back as tuples."""
    if isinstance(plain, list):
        return tuple(decode(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    if "array" in plain:
        if plain["dtype"] == "complex128":
            real, imag = plain["array"]
            return np.asarray(real) + 1j * np.asarray(imag)
        return np.asarray(plain["array"], dtype=plain["dtype"])
    if "mapping" in plain:
        return {k: decode(v) for k, v in plain["mapping"].items()}
    return _model_class(plain["model"])(**{k: decode(v) for k, v in plain.items() if k != "model"})


def _model_class(name: str) -> type:
    from onnes import model

    found = getattr(model, name, None) if name in model.__all__ else None
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise InvalidInput(
            f"{name!r} is not a model of this version of onnes",
            "open the file with the version that wrote it",
        )
    return found
