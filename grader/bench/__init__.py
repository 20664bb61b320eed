"""`./run bench`: how long a verdict takes, by phase, beside other graders, in one run.

Machines are shared and noisy: every comparison is a ratio of figures taken in turns (A B A B), and every
figure is printed with the machine it was taken on. Nothing here is a test, and no test has a time in it.
"""
