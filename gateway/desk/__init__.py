"""The agents' desk (contract, "Desk"): cookie session, CSRF header, JSON."""

from gateway.desk.routes import routes

__all__ = ["routes"]
