"""Small vector arithmetic on (n, 3) arrays, column by column: much faster than along the rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


def extent(points: F64) -> tuple[F64, F64]:
    """Lowest and highest value of every column."""
    columns = [points[:, k] for k in range(points.shape[1])]
    return (
        np.array([column.min() for column in columns]),
        np.array([column.max() for column in columns]),
    )


def face_normals(a: F64, b: F64, c: F64) -> tuple[F64, F64]:
    """Normals (n, 3) of triangles with corners a, b, c, and their lengths: twice the area."""
    ux, uy, uz = (b[:, k] - a[:, k] for k in range(3))
    vx, vy, vz = (c[:, k] - a[:, k] for k in range(3))
    normal = np.stack([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], axis=1)
    length = np.sqrt(normal[:, 0] ** 2 + normal[:, 1] ** 2 + normal[:, 2] ** 2)
    return normal, length
