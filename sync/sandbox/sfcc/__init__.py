"""The SFCC stand-in: SCAPI Orders v1, OCAPI orders and inventory records, tokens, hooks.

What lives here: one file per family of calls, the order and inventory books they work on, and the sample
orders. It knows the shared parts of the sandbox. Read `app.py` first, then `orders.py`.
"""
