"""How a feature store is written: shard after shard, each whole or not at all, and gone on with where it was left."""

from collections.abc import Iterator
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.files import LOCK, replacing
from mmf_mixer.store.manifest import MANIFEST, Manifest, Shard, sha256

CLIPS_PER_SHARD, SHARD_BYTES = 256, 2**30  # at most: a kill costs one shard, and a shard is held in memory
PARTS = "part-*-of-*"
SHARED = "share the work with --part 1/2 and --part 2/2"  # in place of two processes that write one store


def begin(out: Path, manifest: Manifest) -> None:
    """Make `out` ready, take over the whole shards that an earlier call made by the same recipe, remove the others."""
    out.mkdir(parents=True, exist_ok=True)
    if (out / MANIFEST).exists():
        earlier = Manifest.read(out)
        if earlier.same_recipe(manifest):
            manifest.modalities = earlier.modalities  # with what they note besides
            manifest.shards = [shard for shard in earlier.shards if _is_whole(out, shard)]
    elif any(path.name != LOCK and not path.match(PARTS) for path in out.iterdir()):
        raise InputError(f"{out}: holds files, but is no feature store; name another folder with --out DIR.")
    manifest.write(out)
    kept = {MANIFEST, *(shard.file for shard in manifest.shards)}
    for path in out.iterdir():
        if path.name not in kept and path.suffix in (".safetensors", ".tmp"):
            path.unlink()


def _is_whole(out: Path, shard: Shard) -> bool:
    path = out / shard.file
    return path.is_file() and path.stat().st_size == shard.bytes and sha256(path) == shard.sha256


def missing(manifest: Manifest) -> Iterator[Shard]:
    """The shards yet to be written, without size and hash."""
    most = max(1, min(CLIPS_PER_SHARD, SHARD_BYTES // max(1, manifest.bytes_per_clip)))
    for split, clips in manifest.clips.items():
        done = sorted((shard.first, shard.count) for shard in manifest.shards if shard.split == split)
        place = 0
        for first, count in [*done, (clips, 0)]:
            for begin in range(place, first, most):
                name = f"{split}-{begin:06d}.safetensors"
                yield Shard(name, split, begin, min(most, first - begin), bytes=0, sha256="")
            place = first + count


def add(out: Path, manifest: Manifest, shard: Shard, tensors: dict[str, Tensor]) -> None:
    """Write a shard, and then the manifest that names it: a kill in between costs this shard only."""
    path = out / shard.file
    with replacing(path) as scratch:
        save_file(tensors, scratch)
    written = Shard(shard.file, shard.split, shard.first, shard.count, path.stat().st_size, sha256(path))
    manifest.shards.append(written)
    manifest.write(out)
