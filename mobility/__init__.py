"""The service: what things are, what can be done, where it is kept."""
