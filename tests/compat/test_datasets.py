"""MMF's loaders of data sets."""

import pytest
from mmf.datasets.multi_dataset_loader import MultiDatasetLoader

from mmf_mixer.compat.releases import is_package_release


@pytest.mark.skipif(not is_package_release(), reason="the source release has iterators of its own")
def test_several_data_sets_are_gone_through_again_and_again() -> None:
    loader = MultiDatasetLoader("val")
    loader._num_datasets, loader._loaders, loader._datasets = 2, [["a"], ["b"]], ["one", "two"]
    loader._dataset_probabilities, loader._proportional_sampling = [0.5, 0.5], True
    loader._is_master, loader.current_index = True, 0
    assert [sorted(loader), sorted(loader)] == [["a", "b"], ["a", "b"]]
