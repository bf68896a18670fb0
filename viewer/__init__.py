"""The browser half of CIM Twin; in Python only the place where its built page lies."""

from pathlib import Path

from cim_bridge.errors import NotFound

__all__ = ["engine_dir", "static_dir"]


def static_dir() -> Path:
    """Folder that holds the built page (index.html and its assets).

    Raises:
        NotFound: the page was not built (a checkout without ``make viewer``).
    """
    folder = Path(__file__).resolve().parent / "static"
    if not (folder / "index.html").is_file():
        raise NotFound(
            f"the viewer is not built: {folder} has no index.html; "
            "run `make viewer` (or `npm ci && npm run build` in viewer/)"
        )
    return folder


def engine_dir() -> Path:
    """Folder with the CesiumJS that an exported scene takes along (Cesium.js, Widgets, Workers).

    It lies in the built page, so an installed wheel has it; whoever exports checks what is in it.
    """
    return Path(__file__).resolve().parent / "static" / "cesium"
