"""One submission, from its text to its verdict."""
