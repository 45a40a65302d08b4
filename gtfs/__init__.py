"""Timetables: read, check and look up GTFS feeds. Knows no streets, no web, no database, no clock."""
