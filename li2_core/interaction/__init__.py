"""Stage III: nodes that repel each other, and what is missing."""

from li2_core.interaction.collector import collect_times, expected_draws, frechet_race, leader_flow
from li2_core.interaction.repulsion import (
    climb_together,
    correlations,
    node_repulsion,
    residual_similarity,
    twins,
)
from li2_core.interaction.top_down import missing_labels, product_of_characters, residual_labels

__all__ = [
    "climb_together",
    "collect_times",
    "correlations",
    "expected_draws",
    "frechet_race",
    "leader_flow",
    "missing_labels",
    "node_repulsion",
    "product_of_characters",
    "residual_labels",
    "residual_similarity",
    "twins",
]
