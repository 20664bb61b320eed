"""Questions about who has learnt what. Reads only."""
