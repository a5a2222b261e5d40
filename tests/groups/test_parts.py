"""What part of a node lies on which irrep: bases of matrix entries, and NumPy's FFT."""

import numpy as np
import pytest
import torch
from oracles import draw

from li2_core import cyclic, dihedral
from li2_core.groups import irrep_shares, wave_shares
from li2_core.groups.parts import missing_irreps, missing_projector, wave_power


def test_shares_of_the_irreps():
    group, w = dihedral(4), draw(3, 16)
    shares = irrep_shares(w, group)
    assert shares.shape == (3, len(group.irreps()))
    assert torch.allclose(shares.sum(1), torch.ones(3, dtype=torch.float64))
    for rho in group.irreps():
        # An orthonormal basis of the irrep's matrix entries.
        basis = torch.linalg.qr(rho.matrices.flatten(1)).Q
        part = sum((half @ basis).square().sum(1) for half in w.split(group.order, 1))
        assert torch.allclose(shares[:, rho.place], part / w.square().sum(1))
    assert torch.allclose(irrep_shares(1j * w, group), shares)
    whole = torch.arange(16).reshape(1, 16)
    assert torch.equal(irrep_shares(whole, group), irrep_shares(whole.double().numpy(), group))


@pytest.mark.parametrize("order", [1, 2, 7, 8])
def test_shares_of_the_waves(order):
    w = draw(4, 2 * order)
    weight = np.full(order // 2 + 1, 2.0)  # a frequency and its mirror image
    weight[[0, *([-1] if order % 2 == 0 else [])]] = 1
    halves = w.reshape(4, 2, order).numpy()
    power = weight * (abs(np.fft.rfft(halves)) ** 2).sum(1) / order
    assert np.allclose(wave_power(w).numpy(), power)
    assert torch.allclose(wave_power(w).sum(1), w.square().sum(1))
    assert np.allclose(wave_shares(w).numpy(), power / power.sum(1, keepdims=True))
    frequencies = [rho.frequency for rho in cyclic(order).irreps()]
    assert sorted(frequencies) == list(range(order // 2 + 1))
    assert torch.allclose(wave_shares(w)[:, frequencies], irrep_shares(w, cyclic(order)))


def test_missing_irreps_by_place_or_by_themselves():
    group = dihedral(5)
    signs, plane = group.irreps()[1:3]
    assert missing_irreps(group, [0, plane]) == [signs, group.irrep(3)]
    projector = missing_projector(group, [signs, 2])
    assert (projector @ projector - projector).abs().max() < 1e-12
    assert round(float(projector.trace())) == 1 + 4
    with pytest.raises(ValueError, match="another group than D_5"):
        missing_irreps(group, [dihedral(7).irrep(2)])
    for wrong in (4, -1, True, 1.0, "1"):
        with pytest.raises(ValueError, match="the place of an irrep of D_5 must be a whole"):
            missing_irreps(group, [wrong])


def test_what_has_no_shares_is_an_error():
    for shares in (lambda w: irrep_shares(w, cyclic(5)), wave_shares):
        with pytest.raises(ValueError, match="length zero"):
            shares(torch.zeros(10))
        with pytest.raises(ValueError, match="finite numbers"):
            shares(torch.full((10,), torch.nan))
    with pytest.raises(ValueError, match=r"must be \(..., 10\)"):
        irrep_shares(torch.ones(9), cyclic(5))
    with pytest.raises(ValueError, match=r"weights must be \(..., 2M\), got \(9,\)"):
        wave_shares(torch.ones(9))
