"""What the looks of a tileset came to: how many textures, what memory they take, which failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cim_bridge.materials import Materials
from cim_bridge.mesh import Mesh
from cim_bridge.tiles.part import Part


@dataclass
class Painted:
    """Counts over the contents of one tileset."""

    tiles: int = 0
    pixels: int = 0
    faults: dict[int, str] = field(default_factory=dict)

    def note(self, part: Part) -> None:
        """Add one content."""
        if part.atlas is None:
            return
        self.tiles += 1
        self.pixels += part.atlas.image.shape[0] * part.atlas.image.shape[1]
        self.faults |= part.atlas.faults

    def entry(self, materials: Materials) -> dict[str, Any]:
        """Return what the manifest says: tiles with a texture, and bytes of memory when all are
        loaded (four a pixel, and a third more for mip maps); images that could not be used.
        """
        found: dict[str, Any] = {}
        if self.tiles:
            memory = self.pixels * 4 * 4 // 3
            found["textures"] = {"tiles": self.tiles, "pixels": self.pixels, "memory": memory}
        if self.faults:
            first = min(self.faults)
            picture = materials[first].picture
            name = picture.path.name if picture is not None and picture.path is not None else "—"
            found["unreadable_images"] = {
                "count": len(self.faults), "image": name, "reason": self.faults[first],
            }  # fmt: skip
        return found


def looks_of(mesh: Mesh) -> tuple[Any, ...]:
    """Return what tiles depend on of a mesh's looks; nothing when it has none."""
    if mesh.material is None:
        return ()
    table = [
        [one.colour, one.wrap, one.picture.digest if one.picture is not None else ""]
        for one in mesh.materials
    ]
    return (mesh.material, mesh.uv, table)
