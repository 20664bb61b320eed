"""Values of a verdict as tables: what a preview holds, what its cells say, and how much of it is drawn."""
