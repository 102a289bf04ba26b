"""Only what changed travels: 200,000 SKUs, 1 % of them changed, on the real code and the stand-ins.

`__main__.py` is the command, `run.py` the story, `remotes.py` what the stand-ins are asked, `worker.py` the
process that is measured, and killed, `confirming.py` what it costs to remember what was written.
"""
