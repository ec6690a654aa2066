"""What is kept encrypted outlives the key that it was encrypted with."""

from pathlib import Path

from databases import on_sqlite

from oriel.jobs import sweep, workshop
from oriel.service import db, factors, ids, sealing, users
from oriel.service.models import User
from oriel.service.settings import Settings

OLD, NEW = "last year's key of enough characters", "this year's key of enough characters"


@on_sqlite
async def test_a_worker_seals_by_the_newest_key_what_an_older_one_sealed(
    database: db.Database, database_url: str, tmp_path: Path
) -> None:
    user = User(id=ids.new(), email="a@b.example", email_as_typed="a@b.example", password_hash="")
    user.second_factor_sealed = sealing.seal([OLD], "A SECRET", factors.about(user.id))
    async with database.begin() as session:
        session.add(user)
    environment = {
        "ORIEL_DATA": str(tmp_path),
        "ORIEL_DATABASE_URL": database_url,
        "ORIEL_SECRET_KEYS": f"{NEW},{OLD}",
    }

    async with workshop.opened(Settings.read(environment), None) as shop:
        await sweep.seal_anew(shop)

    async with database.read() as session:
        sealed = (await users.find(session, user.id)).second_factor_sealed
    assert sealing.opened([NEW], sealed or "", factors.about(user.id)) == "A SECRET"
