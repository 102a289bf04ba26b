"""The stand-in of Orderflow: a warehouse with its XML API, its pushes and a hand on its levers.

Lives here: the warehouse itself (`warehouse.py`, `stock.py`, `states.py`: pure, no HTTP), what its API reads
(`properties.py`, `imports.py`) and writes (`documents.py`), the routes, the pushes, the control routes and the
warehouse that works by itself (`auto.py`). It follows the XML API of Orderflow 4.2.4 and may know the shared
parts of the sandbox; it imports nothing of Orderbridge. Read `warehouse.py` first, then `app.py`.
"""
