"""/api/v1/scenes: prepared views and tours, read by everyone, edited with the version one saw."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from cim_bridge.issues import IssueLog
from scenes.reading import LARGEST, schema
from twin_server.actor import Actor
from twin_server.answering import Json, Limit, Offset, PinnedTwin, page
from twin_server.answers.scenes import checked, one_scene, scene_list
from twin_server.errors import Missing, problem
from twin_server.routes.workflow import IfMatch
from twin_server.scenebook import SceneFiles, tag_of, written
from twin_server.schemas.common import documented, documented_file
from twin_server.schemas.scene import SceneAnswer, SceneDocument, SceneGone, ScenePage
from twin_server.twin import Twin
from twin_server.workflow.desk import ActionRefused

router = APIRouter(tags=["scenes"])

Name = Annotated[str, Path(max_length=80)]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": SceneDocument.model_json_schema(
                    ref_template="#/components/schemas/{model}"
                )
            }
        },
    }
}
_BODY["requestBody"]["content"]["application/json"]["schema"].pop("$defs", None)


@router.get("/api/v1/scenes", responses=documented(ScenePage))
async def list_scenes(
    request: Request, pinned: PinnedTwin, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """Scenes that can be shown: the city's own files, those that come along, those made of it."""
    items, issues = await asyncio.to_thread(scene_list, pinned[0])
    shown = items[offset : offset + limit]
    return page(request, shown, len(items), offset, limit, issues=issues)


@router.get(
    "/api/v1/scenes/schema",
    response_class=Response,
    responses=documented_file("application/schema+json"),
)
async def read_scene_schema() -> Response:
    """The JSON Schema (2020-12) of a scene."""
    return Response(orjson.dumps(schema()), media_type="application/schema+json")


@router.get("/api/v1/scenes/{name}", responses=documented(SceneAnswer))
async def read_scene(name: Name, pinned: PinnedTwin) -> Response:
    """One scene with its years settled; its version is the ETag."""
    answer, tag = await asyncio.to_thread(one_scene, pinned[0], name)
    return _tagged(answer, tag)


@router.put(
    "/api/v1/scenes/{name}",
    responses={
        **documented(SceneAnswer),
        201: {"model": SceneAnswer, "description": "Saved; it is new."},
    },
    openapi_extra=_BODY,
)
async def save_scene(
    name: Name, request: Request, pinned: PinnedTwin, actor: Actor, if_match: IfMatch = None
) -> Response:
    """Save a scene to the city's folder; one that is there already needs If-Match."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise ActionRefused("FILE_SIZE", f"a scene has at most {LARGEST:,} bytes")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        return problem(422, "SCENE_BROKEN", f"not JSON: {exc}")
    return await asyncio.to_thread(_save, request, pinned[0], name, document, actor, if_match)


@router.delete("/api/v1/scenes/{name}", responses=documented(SceneGone))
async def delete_scene(
    name: Name, request: Request, pinned: PinnedTwin, actor: Actor, if_match: IfMatch = None
) -> Response:
    """Delete the file of a scene; one that comes along or is made of the results shows again."""
    return await asyncio.to_thread(_delete, request, pinned[0], name, actor, if_match)


def _save(
    request: Request, twin: Twin, name: str, document: Any, actor: str, if_match: str | None
) -> Response:
    scene, log = checked(twin, name, document)
    if scene is None:
        return _refused(log)
    files, content = SceneFiles(twin.folder.scenes), written(scene)
    new = files.save(files.path(name, _file(twin, name)), content, if_match)
    told = {"name": name, "version": tag_of(content).strip('"'), "new": new}
    request.app.state.store.record("scene.saved", told, actor=actor)
    answer, tag = one_scene(twin, name)
    return _tagged(answer, tag, 201 if new else 200)


def _delete(request: Request, twin: Twin, name: str, actor: str, if_match: str | None) -> Response:
    files = SceneFiles(twin.folder.scenes)
    files.remove(files.path(name, _file(twin, name)), if_match)
    request.app.state.store.record("scene.deleted", {"name": name}, actor=actor)
    items, _ = scene_list(twin)
    return Json({"name": name, "left": any(item["name"] == name for item in items)})


def _file(twin: Twin, name: str) -> str:
    """Where the city's own file of a scene lies, relative to scenes/; "" where there is none."""
    from scenes.catalogue import own_file

    if "/" in name or name.startswith("."):
        raise Missing("UNKNOWN_SCENE", f"no scene can be called {name!r}")
    return own_file(twin.folder.scenes, name)


def _refused(log: IssueLog) -> Response:
    first = log.errors[0]
    return problem(422, first.code, first.why["en"], issues=log.to_json())


def _tagged(answer: dict[str, Any], tag: str, status: int = 200) -> Response:
    response = Json(answer, status)
    response.headers["etag"] = tag
    return response
