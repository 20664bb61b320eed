"""What people read about a verdict: sentences, and guesses at what happened."""
