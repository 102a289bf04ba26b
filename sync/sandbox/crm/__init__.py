"""A small stand-in of the Salesforce CRM: a token, and contacts by storefront id; start with `app.py`."""
