"""Writing courses, lessons and exercises in the browser: copies, proofs, publishing, history."""
