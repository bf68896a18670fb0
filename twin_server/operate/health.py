"""Is the server fit to be asked? What a balancer or an orchestrator wants to know."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from cim_bridge.errors import TwinError
from cim_bridge.folder import CityFolder
from twin_server.store import Store
from twin_server.twin import Twins


async def readiness(folder: CityFolder, store: Store, twins: Twins) -> dict[str, Any]:
    """Every check with `ok` or what is wrong; `status` is ready only when all are ok."""
    checks = {"database": _database(store), "publication": await _publication(folder, twins)}
    ready = all(told == "ok" for told in checks.values())
    return {"status": "ready" if ready else "not ready", "checks": checks}


def _database(store: Store) -> str:
    try:
        store.current()
    except (TwinError, SQLAlchemyError) as exc:
        return type(exc.__cause__ or exc).__name__
    return "ok"


async def _publication(folder: CityFolder, twins: Twins) -> str:
    try:
        twin, _ = await twins.current()
    except (TwinError, OSError) as exc:
        return type(exc).__name__
    if twin.publication is None:
        return "ok"  # a city may be served before its first publication
    parts = (folder.models / twin.publication.model, folder.results / twin.publication.results)
    return "ok" if all(part.is_dir() for part in parts) else "files are missing"
