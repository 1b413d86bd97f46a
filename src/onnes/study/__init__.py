"""Many calculations, one question: configurations, files stored by their hash, cases and their figures."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    submodules=("case", "config", "figure", "store"),
    names={
        "chains": ("sample_chains",),
        "config": ("RunConfig",),
        "executors": ("joined", "run_tasks", "task_seed", "workers"),
        "fitting": ("fit",),
        "store": ("Store",),
        "sweeps": ("sweep",),
    },
)
