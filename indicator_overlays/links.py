"""Links: which project answers which problem."""

from __future__ import annotations

import pandas as pd

from indicator_overlays.aliases import LINKS
from indicator_overlays.delivery import Delivery, LoadReport, write_batch
from indicator_overlays.records import finish, read_records
from indicator_overlays.store import ValueStore
from indicator_overlays.values import LINKS_SCHEMA


def load_links(delivery: Delivery) -> LoadReport:
    """Load links; a pair that is given twice counts once, an unknown project is a warning.

    Problem ids may name problems that a later diagnosis finds, so they are not checked here.
    """
    known = set(ValueStore(delivery.folder).projects()["project_id"].to_pylist())
    frames = []
    for records in read_records(delivery, LINKS, ("problem_id", "project_id"), "problem_id"):
        for name in ("problem_id", "project_id"):
            records.required(name)
        projects = records.frame["project_id"]
        strange = ~projects.isin(known).to_numpy(bool) & (projects != "").to_numpy(bool)
        records.finder.report(
            "PROJECT_UNKNOWN", strange, records.letters["project_id"], project=projects
        )
        pairs = records.frame[["problem_id", "project_id"]]
        frames.append(pairs.assign(place=records.places()))
    if not frames and not delivery.log.errors:
        delivery.log.add("EMPTY_FILE", file=delivery.files[0])
    delivery.log.raise_if_errors()
    pairs = pd.concat(frames, ignore_index=True).drop_duplicates(["problem_id", "project_id"])
    table = finish([pairs], LINKS_SCHEMA)
    digest = write_batch(delivery.folder, delivery.manifest("links", table.num_rows), table)
    return LoadReport(digest, table.num_rows, delivery.log, "links")
