"""The commands of `python -m grader`: a file each, and what they share."""
