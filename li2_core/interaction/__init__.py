"""Stage III: nodes that repel each other, and what is missing."""

from li2_core.interaction.collector import collect_times, expected_draws, frechet_race, leader_flow
from li2_core.interaction.repulsion import (
    Repulsion,
    climb_together,
    correlations,
    residual_similarity,
    twins,
)
from li2_core.interaction.top_down import (
    product_of_characters,
    residual_labels,
)

__all__ = [
    "Repulsion",
    "climb_together",
    "collect_times",
    "correlations",
    "expected_draws",
    "frechet_race",
    "leader_flow",
    "product_of_characters",
    "residual_labels",
    "residual_similarity",
    "twins",
]
