"""The dial-a-ride problem: one problem, one plan, one judge."""
