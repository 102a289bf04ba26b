"""The remote systems behind the ports of core: SFCC (storefront), Orderflow (warehouse), Salesforce CRM.

Lives here: URLs, headers, statuses, logins and what each failure means. May know: core, schemas, requests.
Read `http` first: every call goes through it.
"""
