"""Nouns: plain dataclasses that know no web, no database, no engine and no clock."""
