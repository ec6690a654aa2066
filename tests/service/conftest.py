"""What tests of the service may ask for."""

from databases import database, database_url, postgres, schemas
from loops import loop, pytest_pyfunc_call
from shopping import account, shop
from storages import emulators, key_file, stored

__all__ = [
    "account",
    "database",
    "database_url",
    "emulators",
    "key_file",
    "loop",
    "postgres",
    "pytest_pyfunc_call",
    "schemas",
    "shop",
    "stored",
]
