"""The command-line program."""

from onnes.cli.main import main

__all__ = ["main"]
