"""What a lab starts from: its values, and the fragment of an address that says them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import parse_qsl

from li2_core._input import real, whole
from li2_core.groups import FiniteGroup, named_group
from li2_core.nets import TwoLayer
from li2_core.show.lab.tables import LARGEST_CLOCK, NAMES

ACTIVATIONS = {"x2": "square", "relu": "relu"}


@dataclass(frozen=True)
class LabState:
    """The task and the network of a lab, in the letters of its address.

    Parameters
    ----------
    group : str
        ``Z_2`` to ``Z_97``, or one of the groups in `NAMES`.
    K : int
        The number of hidden nodes, 1 to 1024.
    p : float
        The share of the pairs that is trained on.
    s : str
        ``x2`` or ``relu``.
    lr, decay, scale : float
        Adam's learning rate, the weight decay in its gradient, and the output scale.
    seed : int
        Of the split and the first weights, 0 to 2^32 - 1.

    Raises
    ------
    ValueError
        If a value is not allowed; the message says what is.

    Examples
    --------
    >>> LabState(K=64).fragment()
    '#group=Z_23&K=64&p=0.6&s=x2&lr=0.01&decay=0.001&scale=1&seed=0'
    >>> LabState.parse("#M=31&s=relu").group
    'Z_31'
    """

    group: str = "Z_23"
    K: int = 128
    p: float = 0.6
    s: str = "x2"
    lr: float = 0.01
    decay: float = 0.001
    scale: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        clocks = [f"Z_{M}" for M in range(2, LARGEST_CLOCK + 1)]
        if self.group not in [*clocks, *NAMES]:
            allowed = f"Z_2 to Z_{LARGEST_CLOCK} or one of {', '.join(NAMES)}"
            raise ValueError(f"group must be {allowed}, got {self.group}")
        if self.s not in ACTIVATIONS:
            raise ValueError(f"s must be {' or '.join(ACTIVATIONS)}, got {self.s}")
        found: dict[str, float] = {
            "K": whole("K", self.K, least=1, most=1024),
            "p": real("p", self.p, above=0, below=1),
            "lr": real("lr", self.lr, above=0, most=1),
            "decay": real("decay", self.decay, least=0, most=1),
            "scale": real("scale", self.scale, least=0.01, most=100),
            "seed": whole("seed", self.seed, least=0, most=2**32 - 1),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)
        size = self.named_group.order**2
        if self.num_train in (0, size):
            empty = "test" if self.num_train else "training"
            raise ValueError(f"p {self.p} of {size} pairs leaves an empty {empty} set")

    @classmethod
    def parse(cls, fragment: str) -> LabState:
        """The state that an address's fragment says; what it leaves out is as in ``LabState()``.

        Raises
        ------
        ValueError
            If a name is unknown or a value is not allowed.
        """
        given: dict[str, Any] = {}
        kinds = {field.name: field.type for field in fields(cls)}
        for name, text in parse_qsl(fragment.removeprefix("#"), keep_blank_values=True):
            if name == "M":
                given["group"] = f"Z_{text}"
            elif name not in kinds:
                raise ValueError(f"a name must be one of {', '.join(kinds)}, got {name}")
            else:
                given[name] = text if kinds[name] == "str" else _number(text)
        return cls(**given)

    def fragment(self) -> str:
        """The state as text, which `parse` and the page read."""
        words = (f"{name}={_text(value)}" for name, value in asdict(self).items())
        return "#" + "&".join(words)

    @property
    def named_group(self) -> FiniteGroup:
        """The group itself."""
        return named_group(self.group)

    @property
    def num_train(self) -> int:
        """The number of pairs that are trained on, round(p M^2)."""
        return round(self.p * self.named_group.order**2)

    @property
    def net(self) -> TwoLayer:
        """The recipe of the network."""
        return TwoLayer(self.K, ACTIVATIONS[self.s], output_scale=self.scale)


def _number(text: str) -> float | int | str:
    """A number, a whole one as an int; what is none as it stands, to be refused."""
    try:
        found = float(text.replace("_", "?"))  # as in the page, 1_000 is no number
    except ValueError:
        return text
    return int(found) if found.is_integer() else found


def _text(value: str | float) -> str:
    """A value without a needless .0, blanks as plus signs."""
    if isinstance(value, str):
        return value.replace(" ", "+")
    return str(int(value)) if float(value).is_integer() else repr(value)
