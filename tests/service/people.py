"""Accounts for tests, made without the cost of hashing a password."""

from oriel.service import db, ids
from oriel.service.models import User


async def somebody(database: db.Database, email: str | None = None, **fields: object) -> str:
    """The identifier of a new user, whom nobody can sign in as."""
    identifier = ids.new()
    address = email or f"{identifier.lower()}@example.com"
    values = {"email": address, "email_as_typed": address, "password_hash": "none", **fields}
    async with database.begin() as session:
        session.add(User(id=identifier, **values))
    return identifier
