"""The course: modules, lessons, exercises and their immutable revisions."""
