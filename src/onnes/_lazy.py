"""Lazy hand-on of public names, so that ``import onnes`` stays under its import-time budget."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def attach(
    package: str,
    *,
    submodules: Sequence[str] = (),
    names: Mapping[str, Sequence[str]] | None = None,
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``(__all__, __getattr__, __dir__)`` for a package that only hands names on.

    Parameters
    ----------
    package : the package's ``__name__``.
    submodules : names of modules handed on as they are.
    names : for each module (relative to the package), the public names it provides.
    """
    home = {name: module for module, provided in (names or {}).items() for name in provided}
    public = sorted({*submodules, *home})

    def __getattr__(name: str) -> Any:
        if name in home:
            return getattr(import_module(f"{package}.{home[name]}"), name)
        if name in submodules:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return public

    return public, __getattr__, __dir__
