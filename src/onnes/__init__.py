"""onnes: superconductors at every scale, each result beside the published measurement.

The grammar is ``model -> solve -> state -> (response) -> probe -> compare``. Nothing heavy is
imported here: every name is handed on when it is first asked for (PEP 562).
"""

from onnes._lazy import attach

__version__ = "0.1.0"

__all__, __getattr__, __dir__ = attach(
    __name__,
    submodules=(
        "cases",
        "compare",
        "errors",
        "model",
        "numerics",
        "probe",
        "response",
        "schema",
        "solve",
        "state",
        "study",
        "units",
        "view",
    ),
    names={"state": ("State", "Report", "Outcome", "save", "load")},
)
