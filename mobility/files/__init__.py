"""What planners write by hand: the service file and the people file, read with line-accurate errors, and told in plain language."""
