"""Configuration: read once, checked whole, passed as values.

`settings` reads the environment (`remotes`: where the other systems are), `sites` reads the sites file
(`tables`: what its tables share, `agreement`: between sites), `queues` maps topics to queues and holds the
schedule, `logs` sets up structured logging. May know: core values. Knows no I/O but files.
"""
