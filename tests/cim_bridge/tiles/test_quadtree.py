"""The quadtree: whole features, budgets kept, cells that do not move."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.tiles import quadtree
from cim_bridge.tiles.quadtree import MAX_CORNERS, MAX_FEATURES


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 9000), spread=st.floats(0, 50_000), seed=st.integers(0, 2**20))
def test_every_feature_lands_in_one_leaf_and_leaves_keep_their_budgets(count, spread, seed):
    rng = np.random.default_rng(seed)
    anchors = rng.uniform(0, 1, (count, 2)) * spread + 623_000.0
    corners = rng.integers(10, 300, count)
    leaves = quadtree.build(anchors, corners).leaves()
    assert sorted(np.concatenate([leaf.features for leaf in leaves])) == list(range(count))
    for leaf in leaves:
        assert 1 <= len(leaf.features) <= MAX_FEATURES
        assert corners[leaf.features].sum() <= MAX_CORNERS + 300


def test_features_at_one_spot_are_cut_into_runs():
    anchors = np.full((5000, 2), 7.0)
    leaves = quadtree.build(anchors, np.full(5000, 20)).leaves()
    assert sum(len(leaf.features) for leaf in leaves) == 5000
    assert max(len(leaf.features) for leaf in leaves) <= MAX_FEATURES


def test_a_city_that_grows_keeps_its_other_tiles():
    rng = np.random.default_rng(3)
    old = rng.uniform(0, 4000, (6000, 2)) + 500_000
    new = np.concatenate([old, rng.uniform(3900, 4090, (40, 2)) + 500_000])

    def tiles(anchors: np.ndarray) -> set[tuple[int, ...]]:
        tree = quadtree.build(anchors, np.full(len(anchors), 20))
        return {tuple(sorted(leaf.features.tolist())) for leaf in tree.leaves()}

    before, after = tiles(old), tiles(new)
    assert len(before & after) >= len(before) - 2


def test_draped_layers_get_cells_no_wider_than_asked():
    anchors = np.random.default_rng(5).uniform(0, 10_000, (50, 2))
    leaves = quadtree.build(anchors, np.full(50, 4), widest=2048.0).leaves()
    for leaf in leaves:
        assert np.ptp(anchors[leaf.features], axis=0).max() <= 2048.0
