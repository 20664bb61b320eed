"""The demonstration on the first page: a tiny GPT that trains while visitors watch."""
