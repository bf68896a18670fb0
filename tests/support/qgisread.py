"""Run by the Python that Debian's QGIS is for: read collections, print ids and bounds of each."""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer  # type: ignore[import-not-found]

app = QgsApplication([], False)
app.initQgis()
url, *names = sys.argv[1:]
told = {}
for name in names:
    layer = QgsVectorLayer(f"url='{url}' typename='{name}' pageSize='1000'", name, "OAPIF")
    assert layer.isValid(), f"{name}: {layer.error().message()}"
    found, box = [], None
    for feature in layer.getFeatures():
        found.append(feature["id"])
        bounds = feature.geometry().boundingBox()
        if box is None:
            box = bounds
        else:
            box.combineExtentWith(bounds)
    edges = [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()] if box else []
    told[name] = {"ids": found, "box": edges}
print(json.dumps(told))
