"""The process that parses what learners and authors wrote, and what only it may import."""
