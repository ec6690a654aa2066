"""The HTTP API: one file a group of routes; each route is a handler tied to what it takes and answers.

The tables of routes, `/openapi.json` and `/docs` are all made from those ties, so they agree.
"""
