"""Rooms: see README.md."""
