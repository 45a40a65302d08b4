"""Streets and the dial-a-ride problem: integers in seconds and metres, no web, no database, no clock, no names."""
