"""The only translator between the domain and the engines."""
