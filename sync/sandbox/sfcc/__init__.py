"""The SFCC stand-in: SCAPI Orders v1, OCAPI inventory records, tokens and the storefront's hooks.

What lives here: one file per family of calls, the order and inventory books they work on, and the sample
orders. It knows the shared parts of the sandbox. Read `app.py` first, then `orders.py`.
"""
