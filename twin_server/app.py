"""create_app(): the only place where everything is put together."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Lifespan

import viewer
from cim_bridge.errors import NotFound, TwinError
from cim_bridge.folder import CityFolder
from twin_server.basemaps.proxy import Proxy
from twin_server.errors import code_of, problem, status_of
from twin_server.events.running import delivering
from twin_server.hot.answers import HotAnswers
from twin_server.hot.app import FrontApp
from twin_server.hot.private import PrivateFiles
from twin_server.hot.sources import Files
from twin_server.identity.agreed import agreed
from twin_server.identity.desk import SignIns
from twin_server.identity.gate import Gate
from twin_server.operate.metrics import Metrics
from twin_server.operate.turns import Turns
from twin_server.operate.watch import Watch
from twin_server.pinned import Pin
from twin_server.routes import (
    analysis,
    areas,
    audit,
    auth,
    basemaps,
    city,
    collection,
    docs,
    find,
    indicators,
    joins,
    maps,
    ogc,
    operate,
    overlays,
    problems,
    projects,
    proposals,
    ranking,
    releasepage,
    releases,
    scenes,
    surveys,
    units,
    values,
    warnings,
    whatif,
    workflow,
)
from twin_server.settings import Settings, read_settings
from twin_server.store import open_store
from twin_server.twin import Twins
from twin_server.version import version

_LOG = logging.getLogger("twin_server")
ROUTERS: tuple[ModuleType, ...] = (
    city, indicators, overlays, ranking, units, values, workflow, problems, projects, surveys,
    releases, analysis, warnings, areas, find, maps, collection, whatif, scenes, audit, ogc, joins,
    docs, auth, operate, proposals, releasepage, basemaps,
)  # fmt: skip


def create_app(
    folder: CityFolder, settings: Settings | None = None, viewer_dir: Path | None = None
) -> Watch:
    """The whole server of one city as an ASGI app: watch, gate, files in front, framework.

    `viewer_dir` overrides where the built page lies; without one the API and the files are served.
    """
    chosen = settings or read_settings(config=folder.config)
    if not chosen.secret:  # then nothing it signs outlives the process
        chosen = replace(chosen, secret=secrets.token_urlsafe(48))
    store = open_store(folder, chosen)
    pin = Pin(folder, store, chosen.refresh_seconds)
    twins = Twins(folder, pin)

    @asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        await twins.current()
        async with delivering(store.engine, chosen, folder.config.name["en"]):
            yield
        proxy.close()
        store.close()

    api = make_api(lifespan)
    api.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=4)
    proxy = Proxy(folder, chosen.basemaps)
    api.state.basemaps = proxy
    sign_ins, metrics = SignIns.of(chosen, store.engine), Metrics()
    api.state.store, api.state.twins, api.state.folder = store, twins, folder
    api.state.sign_ins, api.state.metrics = sign_ins, metrics
    _handle_errors(api)
    files = Files(folder, pin, viewer_dir or _viewer(), chosen.memory_bytes)
    private = PrivateFiles(folder, pin)
    hot = HotAnswers(pin, chosen.memory_bytes // 4)
    front = FrontApp(files, api, chosen.hosts, private, chosen.private_secret, hot)
    return Watch(Gate(Turns(front), sign_ins.ways, chosen), metrics, log=chosen.log == "json")


def make_api(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Every path of the API, tied to no city yet."""
    api = FastAPI(
        title="CIM Twin",
        version=version(),
        description="City checkup 城市体检 results on a CIM base model.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(agreed)],
    )
    for router in ROUTERS:
        api.include_router(router.router)
    return api


def _viewer() -> Path | None:
    try:
        return viewer.static_dir()
    except NotFound as exc:
        _LOG.warning("%s", exc)
        return None


def _handle_errors(api: FastAPI) -> None:
    async def ours(_request: Request, exc: Exception) -> Response:
        assert isinstance(exc, TwinError)  # noqa: S101 - registered for it
        return problem(status_of(exc), code_of(exc), getattr(exc, "public", str(exc)))

    async def invalid(_request: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)  # noqa: S101 - registered for it
        faults = [
            f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}"
            for item in exc.errors()
        ]
        return problem(422, "INVALID_PARAMETER", "; ".join(faults))

    async def http(_request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)  # noqa: S101 - registered for it
        code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(exc.status_code, "HTTP_ERROR")
        return problem(exc.status_code, code, str(exc.detail))

    async def unkept(_request: Request, _exc: Exception) -> Response:
        detail = "a text holds what the database cannot keep, such as a NUL character"
        return problem(422, "INVALID_PARAMETER", detail)

    async def unexpected(request: Request, exc: Exception) -> Response:
        number = getattr(request.state, "request_id", "")
        told = {"request_id": number}
        _LOG.error("unexpected error at %s", request.url.path, exc_info=exc, extra={"fields": told})
        return problem(500, "INTERNAL_ERROR", "an error of the server; its log has the details")

    api.add_exception_handler(TwinError, ours)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(HTTPException, http)
    api.add_exception_handler(DataError, unkept)
    api.add_exception_handler(Exception, unexpected)
