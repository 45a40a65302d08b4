"""The resident's pages: booking in three steps, own rides and places, signing in without a password, the rules of each service."""
