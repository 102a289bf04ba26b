"""Pure core: what Orderbridge decides, without a clock, a network, a database or a library.

Lives here: values (orders, facts, counts), decisions (`advance`, `atp`, `check`) and the ports
through which the flows reach the world. May know: the standard library and its own modules.
Read `messages` first, then `orders`, `fulfillment`, `inventory`; `ports` says what the world must offer.
"""
