"""The resources of the REST API; each file offers a list of them to `api.py`."""
