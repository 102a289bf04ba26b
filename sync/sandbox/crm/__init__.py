"""A small stand-in of the Salesforce CRM: a token and contacts by their storefront id; start with `app.py`."""
