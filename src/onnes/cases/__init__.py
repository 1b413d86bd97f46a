"""Published results, reproduced: one file each."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__, submodules=("registry",), names={"registry": ("CASES", "find")}
)
