"""Measurements and claims: the computed number beside the published one."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    names={
        "claim": ("Claim", "Kind", "Published", "references"),
        "data": ("Data",),
        "datamap": ("DataMap", "measured"),
        "joint": ("Joint",),
        "least_squares": ("fit",),
        "result": ("Fit", "Parameter"),
        "rivals": ("Rival", "ranking"),
        "vary": ("Vary",),
    },
)
