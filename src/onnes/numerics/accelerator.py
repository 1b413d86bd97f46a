"""JAX, where it is installed: loaded only by those who ask for an accelerated run."""

from typing import Any

from onnes.errors import InvalidInput


def require_jax() -> Any:
    """Return the module jax, in double precision.

    Raises
    ------
    InvalidInput : JAX is not installed.
    """
    try:
        import jax
    except ImportError:
        raise InvalidInput(
            "an accelerated run, and JAX is not installed", "pip install 'onnes[jax]'"
        ) from None
    jax.config.update("jax_enable_x64", True)
    return jax
