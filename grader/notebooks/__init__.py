"""Notebooks in and out, and a lesson's cells."""
