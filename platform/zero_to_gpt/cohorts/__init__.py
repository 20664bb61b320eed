"""Groups of people who take the course together, and who may see whom."""
