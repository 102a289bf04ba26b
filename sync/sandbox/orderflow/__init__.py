"""The stand-in of Orderflow: a warehouse with its XML API, its pushes and a hand on its levers.

What lives here: the warehouse itself (`warehouse.py`, `movements.py`, `stock.py`: pure, no HTTP), what its
API reads (`properties.py`, `imports.py`) and writes (`documents.py`), the routes, the pushes, the control
routes and the warehouse that works by itself (`auto.py`). It follows the XML API of Orderflow 4.2.4.
What it may know: the shared parts of the sandbox, and nothing of Orderbridge.
Read `warehouse.py` first, then `app.py`.
"""
