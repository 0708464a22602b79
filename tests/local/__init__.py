"""The local stack, as its users meet it."""
