"""Messages to people in plain words, and the channels that carry them."""
