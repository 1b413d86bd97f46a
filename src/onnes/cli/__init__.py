"""The command-line program."""

import os

# The matrices here are small: a second BLAS thread costs more than it brings, and on a busy machine
# it costs ten times more. Set before numpy is first imported; what the user has set is respected.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from onnes.cli.main import main  # noqa: E402

__all__ = ["main"]
