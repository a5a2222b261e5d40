"""A transformer of one layer that reads two elements, as a `torch.nn.Module`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from li2_core._input import whole


class OneLayerTransformer(nn.Module):
    """Reads the tokens a, b and "=", and answers at the last one: (n, 2) to (n, order).

    Token and place embeddings, one round of attention by which "=" looks at all three, one
    layer of ReLU nodes, a readout; both layers add to what is there. No layer norm, as in Nanda
    et al. Give it to `Module` with ``inputs="pairs"``.

    Parameters
    ----------
    order : int
        How many elements there are.
    dim : int
        The length of an embedding.
    heads : int
        The heads of the attention, a divisor of ``dim``.
    hidden : int, optional
        The number of ReLU nodes, by default 4 ``dim``.

    Raises
    ------
    ValueError
        If a number is no positive whole number, or ``heads`` does not divide ``dim``.

    References
    ----------
    Nanda et al. (2023); Kumar et al., Sec. 6.

    Examples
    --------
    >>> net = OneLayerTransformer(7, dim=16, heads=2)
    >>> tuple(net(torch.tensor([[3, 5], [0, 6]])).shape)
    (2, 7)
    """

    def __init__(self, order: int, dim: int = 64, heads: int = 4, hidden: int | None = None):
        super().__init__()
        M, d = whole("order", order, least=1), whole("dim", dim, least=1)
        self.heads = whole("heads", heads, least=1)
        nodes = whole("hidden", 4 * d if hidden is None else hidden, least=1)
        if d % self.heads:
            raise ValueError(f"heads must divide dim, got heads={heads} and dim={dim}")
        # "=" is element number M. All three scales are those of Nanda et al.
        self.tokens = nn.Parameter(torch.randn(M + 1, d) / d**0.5)
        self.places = nn.Parameter(torch.randn(3, d) / d**0.5)
        self.query, self.key, self.value, self.mix = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.up, self.down = nn.Linear(d, nodes), nn.Linear(nodes, d)
        self.readout = nn.Linear(d, M, bias=False)

    def forward(self, pairs: Tensor) -> Tensor:
        """The outputs, (n, order), for ``pairs`` of whole numbers (n, 2)."""
        n, d = len(pairs), self.tokens.shape[1]
        last = self.tokens[-1].expand(n, 1, d)
        stream = torch.cat([self.tokens[pairs], last], 1) + self.places
        key, value = (
            layer(stream).reshape(n, 3, self.heads, -1) for layer in (self.key, self.value)
        )
        end = stream[:, 2]
        query = self.query(end).reshape(n, 1, self.heads, -1)
        looks = ((query * key).sum(-1) / (d // self.heads) ** 0.5).softmax(1)
        end = end + self.mix((looks.unsqueeze(-1) * value).sum(1).reshape(n, d))
        found: Tensor = self.readout(end + self.down(self.up(end).relu()))
        return found

    def extra_repr(self) -> str:
        """What the layers alone do not say."""
        return f"tokens={tuple(self.tokens.shape)}, heads={self.heads}"
