"""Verbs: one file is one thing somebody can do is one transaction."""
