"""The web: one router per noun, thin over the actions."""
