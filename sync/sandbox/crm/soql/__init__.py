"""SOQL, as much of it as finding records takes; start with `parse.py`.

One table, parents by their relationship names, WHERE, ORDER BY, LIMIT, OFFSET and COUNT(). No child
subqueries, no grouping, no functions, no date words.
"""
