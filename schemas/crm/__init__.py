"""Salesforce CRM, REST API v64.0: contacts as b2c-crm-sync extends them, rows of collections, errors.

`soql` writes texts into queries, `contacts` asks for people and reads their ids, `rows` writes records and
reads what became of them, `faults` reads the list of errors that stands in for any other answer.
"""
