"""What an exercise must prove before learners meet it, and the record of it."""
