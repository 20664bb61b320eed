"""The machines that grade: this process's boxes, and the signs of life of all workers."""
