def the_name(text):
    """FILL: what it does; learners read this as a note once they have passed"""
    return text  # FILL: your answer
