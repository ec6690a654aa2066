"""What tests of the service may ask for."""

from databases import database, database_url, postgres, schemas
from loops import loop, pytest_pyfunc_call

__all__ = ["database", "database_url", "loop", "postgres", "pytest_pyfunc_call", "schemas"]
