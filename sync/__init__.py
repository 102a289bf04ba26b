"""Orderbridge: keeps the storefront (SFCC) and the warehouse (Orderflow) in step.

Rooms: `core` decides, `flows` tell the stories, `clients` and `store` do the I/O behind the ports of
core, `receiver`, `cli` and `console` are doors, `sandbox` stands in for the remote systems, and
`wiring` puts the real things together. Start reading at `flows.messages`, then `flows.orders`.
"""
