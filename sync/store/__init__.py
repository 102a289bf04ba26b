"""Postgres remembers: the ledger of messages, hand-overs, progress, stock and cursors.

May know: core and SQLAlchemy. Speaks no HTTP and knows no vendor. Read `models` for the tables,
then `ledger` for how a message is claimed and settled; the others are one small class per port.
"""
