"""Wire ⇄ core: marshmallow schemas for both systems' documents, with the code tables on top of each module.

May know: core and marshmallow (and libraries of addresses, currencies and phone numbers). Does no I/O.
"""
