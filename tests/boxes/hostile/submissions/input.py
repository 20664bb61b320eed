"""Waits for a person to type.

Must: crashed
"""

answer = input()
