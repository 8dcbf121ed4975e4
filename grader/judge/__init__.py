"""Judges evidence. Data only: nothing here runs a notebook, imports torch or knows a sandbox."""
