"""One training step of every model with the article's configs at full size, random weights, no network:
`python projects/benchmark/full_size.py DATASET_FOLDER`. Each row is a process of its own, for its peak memory."""

import argparse
import resource
import subprocess
import sys

ARTICLE = "projects/activity_recognition/configs/article"
MODELS = ("concat_mlp", "mmf_transformer", "mmf_mixer")
BATCH = 4
TRANSFORMER = "model_config.mmf_transformer.transformer_base=${random_bert:768,12,12}"  # the shape of BERT-base


def step(options: list[str]) -> None:
    """Build the model, train one step, print what it took."""
    from parts import adamw, batches, model, train_step, training_split

    split = training_split(options)
    of = model()
    optimizer = adamw(of)
    batch = next(batches(split, BATCH))
    train_step(of, batch, optimizer)
    parameters = list(of.parameters())
    trained = sum(weight.numel() for weight in parameters if weight.requires_grad)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    total = sum(weight.numel() for weight in parameters)
    print(f"{total / 1e6:.1f} | {trained / 1e6:.1f} | {peak:.1f} |")


def main(folder: str, configs: list[str]) -> None:
    """Print a row for each config and model."""
    print(f"| config | model | parameters, million | trained, million | peak GiB, a step of {BATCH} clips |")
    print("| --- | --- | ---: | ---: | ---: |")
    for config in configs:
        for name in MODELS:
            keys = ("text", "audio") if config.endswith("text_audio") else ("text", "audio", "video")
            given = [f"config={ARTICLE}/{config}.yaml", f"model={name}", "dataset=clips", TRANSFORMER]
            given += [f"fusion.modalities.{key}.encoder.params.weights=none" for key in keys]
            command = [sys.executable, __file__, "--step", *given, f"dataset_config.clips.root={folder}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            last = (done.stdout or done.stderr).strip().splitlines()[-1]
            print(f"| {config} | {name} | {last}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("folder", help="a dataset folder, such as mmf_mixer synthesize makes")
        parser.add_argument(
            "configs", nargs="*", default=["activity15_text_audio", "activity15_resnet34", "activity15_r3d18"]
        )
        arguments = parser.parse_args()
        main(arguments.folder, arguments.configs)
