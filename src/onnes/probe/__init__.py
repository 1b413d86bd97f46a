"""Instruments: one function each, from a state to a labelled Dataset."""

from onnes._lazy import attach

__all__, __getattr__, __dir__ = attach(__name__, names={})
