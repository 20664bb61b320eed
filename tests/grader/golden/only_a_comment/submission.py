
  # nothing yet
