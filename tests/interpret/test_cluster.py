"""K-means over stencils: planted groups, the choice of K, and what cannot be."""

import pytest
import torch

from mmf_mixer.errors import InputError
from mmf_mixer.interpret.cluster import cluster


def groups(*sizes: int) -> torch.Tensor:
    """Noisy stencils, 4 x 5, of as many directions as there are sizes; their lengths differ."""
    lot = torch.Generator().manual_seed(0)
    centres = torch.randn(len(sizes), 4, 5, generator=lot)
    each = torch.repeat_interleave(centres, torch.tensor(sizes), dim=0)
    lengths = 0.5 + torch.rand(len(each), 1, 1, generator=lot)
    return lengths * (each + 0.05 * torch.randn(each.shape, generator=lot))


def test_two_planted_groups_are_found_and_averaged() -> None:
    stencils = groups(3, 7)
    found = cluster(stencils)
    assert found.sizes == (7, 3)
    torch.testing.assert_close(found.stencils, torch.stack([stencils[3:].mean(dim=0), stencils[:3].mean(dim=0)]))
    assert found.silhouette is not None and found.silhouette > 0.9
    assert found.stability == 1.0


def test_the_silhouette_chooses_the_number_of_clusters() -> None:
    assert cluster(groups(4, 5, 6)).sizes == (6, 5, 4)


def test_the_number_may_be_fixed_and_one_cluster_has_no_silhouette() -> None:
    stencils = groups(3, 7)
    alone = cluster(stencils, 1)
    assert alone.sizes == (10,) and alone.silhouette is None and alone.stability == 1.0
    torch.testing.assert_close(alone.stencils[0], stencils.mean(dim=0))
    assert sum(cluster(stencils, 4).sizes) == 10 and len(cluster(stencils, 4).sizes) == 4


def test_clusters_without_structure_are_unstable() -> None:
    noise = torch.randn(16, 20, 30, generator=torch.Generator().manual_seed(0))
    found = cluster(noise, 4)
    assert found.stability < 0.7 and found.silhouette is not None and found.silhouette < 0.1


def test_equal_stencils_are_one_cluster() -> None:
    found = cluster(torch.ones(6, 2, 3))
    assert found.sizes == (6,) and found.silhouette is None
    assert cluster(torch.ones(1, 2, 3)).sizes == (1,)


@pytest.mark.parametrize("clusters", [0, 11])
def test_more_clusters_than_restarts_are_refused(clusters: int) -> None:
    with pytest.raises(InputError, match=f"{clusters} clusters cannot be made of 10 restarts; set --clusters between"):
        cluster(groups(3, 7), clusters)
