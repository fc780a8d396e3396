"""The printed table says what the results say."""

from mmf_mixer.benchmark.statistics import summarise
from mmf_mixer.benchmark.table import headings, lines, rich_table


def rows() -> list[dict[str, object]]:
    same = {"model": "mmf_mixer", "modalities": ["text", "audio"], "fraction": 1.0}
    return [
        {
            **same,
            "seed": seed,
            "metrics": {"group_accuracy": accuracy, "mean_average_precision": 0.5},
            "params": 1234,
            "ms_per_step": 4.0 + seed,
        }
        for seed, accuracy in ((1, 0.5), (2, 0.6))
    ] + [{"model": "broken", "modalities": ["text"], "fraction": 1.0, "seed": 1, "error": "no"}]


def test_lines() -> None:
    results = {"rows": rows(), "summary": summarise(rows())}
    # the interval of 0.5 and 0.6: t(0.975, 1) * 0.05 = 12.7062 * 0.05 = 0.635
    assert lines(results) == [
        ("mmf_mixer", "text + audio", "55.0 ± 55.0", "50.0 ± 0.0", "1,234", "5.5"),
        ("broken", "text", "failed", "failed", "", ""),
    ]


def test_several_fractions_have_a_column() -> None:
    both = [*rows()[:2], *({**row, "fraction": 0.1} for row in rows()[:2]), {**rows()[2], "fraction": 200.0}]
    results = {"rows": both, "summary": summarise(both)}
    assert [line[:3] for line in lines(results)] == [
        ("mmf_mixer", "text + audio", "100 %"),
        ("mmf_mixer", "text + audio", "10 %"),
        ("broken", "text", "200"),
    ]
    assert headings(results)[:3] == ("model", "modalities", "train clips")


def test_the_terminal_shows_names_to_the_left_and_numbers_to_the_right() -> None:
    table = rich_table({"rows": rows(), "summary": summarise(rows())}, "title")
    assert [column.justify for column in table.columns] == ["left"] * 2 + ["right"] * 4
    assert table.row_count == 2
