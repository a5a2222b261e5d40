"""Beyond the two layers and the one optimizer: other accounts, depth, and flat against sharp."""

from li2_core.beyond.balance import balanced_trace
from li2_core.beyond.ends import FATES, fates
from li2_core.beyond.interpolator import exact_interpolator
from li2_core.beyond.layers import answer_share, held_out_share
from li2_core.beyond.penalised import objective
from li2_core.beyond.sharpness import loss_hessian
from li2_core.beyond.signals import arc_cosine_signal, layer_signals
from li2_core.beyond.wrapped import HeldNorm, SlowGradients

__all__ = [
    "FATES",
    "HeldNorm",
    "SlowGradients",
    "answer_share",
    "arc_cosine_signal",
    "balanced_trace",
    "exact_interpolator",
    "fates",
    "held_out_share",
    "layer_signals",
    "loss_hessian",
    "objective",
]
