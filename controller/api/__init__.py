"""The one HTTP API of the controller. Each resource declares the deed that it needs (access.py); the document says it.

Belongs here: resources, status codes, sessions of requests. Does not belong here: what an act causes (service/), who
may do what (domain/rights), pages (console/).
"""
