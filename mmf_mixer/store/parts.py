"""A feature store in parts: each made by a process, or a machine, of its own, and joined at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from mmf_mixer.errors import InputError, shown
from mmf_mixer.files import alone, link, write_text
from mmf_mixer.store.manifest import MANIFEST, Manifest, Shard
from mmf_mixer.store.writing import PARTS, SHARED, begin, missing

BAD_CLIPS = "bad_clips.jsonl"  # what an extraction says of clips that could not be read
ENGINES = {  # which part this process is, the first, and how many there are
    "torchrun": ("RANK", None, "WORLD_SIZE"),
    "a SLURM array": ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"),
    "an indexed job of Kubernetes": ("JOB_COMPLETION_INDEX", None, "JOB_COMPLETIONS"),
}


@dataclass(frozen=True)
class Part:
    """The `number`th, from 1, of `count` parts."""

    number: int
    count: int

    @classmethod
    def read(cls, text: str, environment: Mapping[str, str]) -> Self:
        """The part that "3/8" means; "auto" is the one that torchrun, a SLURM array or an indexed job of Kubernetes
        (which must set JOB_COMPLETIONS itself) says in the environment. Raises InputError if that is none."""
        try:
            if text != "auto":
                number, count = map(int, text.split("/"))
            else:
                own, first, whole = next(names for names in ENGINES.values() if names[0] in environment)
                number = int(environment[own]) - int(environment.get(first or "", 0)) + 1
                count = int(environment[whole])
        except StopIteration:
            raise InputError(
                f"--part auto: this process was started by none of {', '.join(ENGINES)}; write --part 1/4."
            ) from None
        except (ValueError, KeyError) as error:
            missing = f", and {error.args[0]} is not set" if isinstance(error, KeyError) else ""
            raise InputError(f"--part: {shown(text)} is no part{missing}; write --part 1/4, or auto.") from None
        if not 1 <= number <= count:
            raise InputError(f"--part: there is no part {number} of {count}; they count from 1.")
        return cls(number, count)

    def folder(self, out: Path) -> Path:
        """Where it is written."""
        return out / f"part-{self.number}-of-{self.count}"

    def of(self, shards: Sequence[Shard]) -> list[Shard]:
        """Its share of all shards."""
        return list(shards[self.number - 1 :: self.count])


def join(stores: Sequence[Path], out: Path) -> Manifest:
    """Make one store of parts, in which their shards get second names; where the disk has none, they are copied.

    Raises:
        InputError: parts differ in how they were made, two have other features of the same clips, or clips are missing.
    """
    parts = {store: Manifest.read(store) for store in stores}
    first, whole = next(iter(parts.items()))
    for store, manifest in parts.items():
        if not manifest.same_recipe(whole):
            raise InputError(f"{store}: was made of another data set or otherwise than {first}; extract it anew.")
    places: dict[tuple[str, int], tuple[Path, Shard]] = {}
    for store, manifest in parts.items():
        for shard in manifest.shards:
            other, same = places.setdefault((shard.split, shard.first), (store, shard))
            if same.sha256 != shard.sha256:
                raise InputError(
                    f"{store}: its features of {shard.split} from clip {shard.first} on differ from those of {other}; "
                    "leave one of the two out."
                )
    joined = replace(whole, shards=[shard for _, shard in places.values()])
    if lacking := list(missing(joined)):
        told = ", ".join(f"{shard.split} {shard.first} to {shard.first + shard.count - 1}" for shard in lacking[:5])
        more = f" and {len(lacking) - 5} more stretches" if len(lacking) > 5 else ""
        raise InputError(f"{out}: clips are missing ({told}{more}); run the parts that are not finished again.")
    for store, shard in places.values():
        path = store / shard.file
        if not path.is_file() or path.stat().st_size != shard.bytes:
            raise InputError(f"{path}: is not as its manifest says; run that part again.")
    with alone(out, SHARED):
        begin(out, replace(joined, shards=[]))
        for store, shard in places.values():
            link(store / shard.file, out / shard.file)
        _tell_of_bad_clips(stores, out)
        joined.write(out)
    return joined


def _tell_of_bad_clips(stores: Sequence[Path], out: Path) -> None:
    """Bring together what the parts say of clips that could not be read."""
    told = [(store / BAD_CLIPS).read_text(encoding="utf-8") for store in stores if (store / BAD_CLIPS).is_file()]
    lines = dict.fromkeys(line for text in told for line in text.splitlines())
    if lines:
        write_text(out / BAD_CLIPS, "".join(f"{line}\n" for line in lines))


def parts_in(out: Path) -> list[Path]:
    """The parts below a folder. Raises InputError if there is none."""
    found = sorted(path.parent for path in out.glob(f"{PARTS}/{MANIFEST}"))
    if not found:
        raise InputError(f"{out}: has no parts of a store in it; name them, or extract with --part.")
    return found
