"""The Django project: pages, API, the queue of submissions, and the worker's side of grading."""
