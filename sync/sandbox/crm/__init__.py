"""The stand-in of the Salesforce CRM: a small store of sObjects behind the REST API, kept in memory.

What lives here: objects as data (`objects.py`), records with real-looking ids (`store.py`, `rows.py`), a
subset of SOQL (`soql`), the REST resources (`resources`), and the levers that make it fail (`pressure.py`,
`usage.py`, `sessions.py`). Read `app.py` first, then `api.py` (what every call passes) and `org.py`.
"""
