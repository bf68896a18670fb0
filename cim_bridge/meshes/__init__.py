"""Mesh files (glTF, OBJ, PLY, STL): headers checked here, read by trimesh in a child process."""
