"""The table of named quantities, and labelled datasets made from it."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={"quantity": ("Quantity",), "table": ("QUANTITIES", "VERSION", "dataset", "lookup")},
)
