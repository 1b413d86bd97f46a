"""What a person sees: axes for papers and the one-file HTML atlas. Nothing below imports it."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    submodules=("style",),
    names={
        "paper": ("draw",),
        "labelled": ("dataset",),
        "measured": ("beside",),
        "interactive": ("figure_json",),
        "film_sheets": ("snapshot", "moments"),
        "moving": ("animate",),
        "condensate": ("order_parameter", "vortex_map", "current_map"),
        "phonons": ("spectrum", "gap", "conductance", "residuals"),
        "picture": ("save_dataset",),
        "report": ("atlas",),
    },
)
