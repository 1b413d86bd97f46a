"""Contested descriptions, as their authors state them."""
