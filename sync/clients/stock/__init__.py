"""Carriers of stock: every way in which numbers reach the storefront's inventory lists.

`shelves` chooses one per site; `records` and `batches` write single records of native lists, `feeds` writes
files of them, `omnichannel` and `imports` do both for Omnichannel Inventory. Read `shelves` first.
"""
