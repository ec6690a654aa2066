"""What tests of pages may ask for."""

from databases import postgres, schemas
from storages import emulators, key_file

__all__ = ["emulators", "key_file", "postgres", "schemas"]
