"""Where things are kept: one interface, two implementations, one contract suite."""
