"""``onnes material`` and ``onnes doctor``."""

import sys

from onnes.cli import output


def material(name: str | None = None, /, *, json: bool = False) -> int:
    """Print the measured numbers of a material with their references, and its parametrised spectrum.

    Parameters
    ----------
    name : an element or compound, such as Nb; all names are listed where it is left out.
    json : print one JSON document.
    """
    from onnes import model

    if name is None:
        names = model.material_names()
        output.emit_json(list(names)) if json else print(" ".join(names))
        return 0
    found = model.material(name)
    if json:
        from dataclasses import asdict

        output.emit_json({"name": found.name, "numbers": {k: asdict(v) for k, v in found.numbers.items()}})
    else:
        print(found.title)
        output.rows(found.rows())
        if found.note:
            print(found.note)
    return 0


def doctor(*, json: bool = False) -> int:
    """Print versions, threads and a self-test: what to send along with a question.

    Parameters
    ----------
    json : print one JSON document.
    """
    facts = {**_versions(), **_threads(), **_self_test()}
    if json:
        output.emit_json(facts)
    else:
        output.rows([(key, str(value)) for key, value in facts.items()])
    return 0 if facts["self-test"] == "passed" else 3


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": sys.version.split()[0]}
    for name in (
        "onnes",
        "numpy",
        "scipy",
        "numba",
        "xarray",
        "h5netcdf",
        "h5py",
        "plotly",
        "matplotlib",
        "jax",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed" + (" (optional)" if name == "jax" else "")
    return found


def _threads() -> dict[str, str]:
    import os

    limits = {
        k: os.environ[k]
        for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        if k in os.environ
    }
    return {
        "cores": str(os.cpu_count()),
        "thread limits": ", ".join(f"{k}={v}" for k, v in limits.items()) or "none set",
    }


def _self_test() -> dict[str, str]:
    """The one-frequency theory has closed answers; two engines must agree on it and with its bound."""
    import numpy as np

    from onnes import model, solve
    from onnes.units import K_B

    glue = model.PhononGlue(model.einstein(10.0, 1.0), model.MuStar(0.0))
    fft, dlr = (solve.critical_temperature(glue, engine=engine) for engine in ("fft", "dlr"))
    agree = abs(fft / dlr - 1) < 1e-5
    bounded = 0 < fft * K_B < 0.1827 * 10.0 * np.sqrt(1.0)
    return {"self-test": "passed" if agree and bounded else f"FAILED: Tc = {fft} K (fft), {dlr} K (dlr)"}
