"""Stand-ins of SFCC, Orderflow and the CRM on loopback, with their journals, faults and switches.

What lives here: three small web applications that behave as the vendors' documents say, in one process and in
memory, over real sockets. What it may know: the standard library, starlette, uvicorn, lxml, requests and
standardwebhooks; nothing of Orderbridge, so that a shared mistake cannot hide. Read `serve.py` first, then
`remote.py` (what every remote has in common).
"""
