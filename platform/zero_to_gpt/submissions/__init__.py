"""From a click to a verdict: drafts, submissions, their events and results."""
