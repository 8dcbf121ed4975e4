"""Runs notebooks in sandboxes. Nothing here knows points, expected values or solutions."""
