"""Alembic's door: which tables exist, and the connection that `kit.migrate` or the command line gives."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

from alembic import context
from kit.settings import settings

ROOTS = ("kit", "market", "clients", "diagnosis", "suitability", "mot", "advisors", "reports", "jobs", "api")

for root in ROOTS:
    package = import_module(root)
    for found in walk_packages(package.__path__, f"{root}."):
        if found.name.endswith(".tables"):
            import_module(found.name)


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(settings().database_url).connect() as opened:
        run(opened)
