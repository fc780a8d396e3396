"""The tables hold the figures of the results, in percent."""

from typing import Any

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.report.comparison.results import ACCURACY, PRECISION, Comparison
from mmf_mixer.report.comparison.tables import (
    NONE,
    Table,
    cost_table,
    curves_table,
    difference,
    document,
    evidence_table,
    further_table,
    group_table,
    interaction_table,
    main_table,
    markdown,
    missing_table,
    percent,
    usage_table,
)


def measured(model: str, metric: str, mean: float) -> dict[str, Any]:
    """A measure of interactions of a model on all modalities, between 0.1 less and 0.1 more."""
    name = {"model": model, "modalities": ["text", "audio", "video"], "fraction": 1.0, "metric": metric}
    return name | {"mean": mean, "std": None, "ci95": [mean - 0.1, mean + 0.1], "n": 1}


INTERACTIONS = [
    measured("mmf_mixer", "additive_gap", 0.05),
    measured("mmf_mixer", "accuracy_beyond_opinions", 0.4),
    measured("late_fusion", "accuracy_beyond_opinions", 0.25),
    measured("single modalities", "opinions_agree", 0.6),
    measured("single modalities", "no_opinion_right", 0.2),
]


def test_interactions_stand_beside_how_far_opinions_agree(comparison: dict[str, Any]) -> None:
    fused = {**comparison["rows"][0], "model": "late_fusion"}
    found = Comparison({**comparison, "rows": [fused, *comparison["rows"]], "interactions": INTERACTIONS})
    table = interaction_table(found, 1.0)
    assert table and table.lines == [
        ("late_fusion", NONE, "25.0 [15.0, 35.0]", "60.0 [50.0, 70.0]", "20.0 [10.0, 30.0]"),
        ("mmf_mixer", "5.0 [-5.0, 15.0]", "40.0 [30.0, 50.0]", "60.0 [50.0, 70.0]", "20.0 [10.0, 30.0]"),
    ]
    assert (table.own, table.best) == ({1}, {(1, 2)})
    assert interaction_table(found, 0.25) is None and "interactions of modalities" in document(found).lower()


def test_label_groups_have_a_column_each(comparison: dict[str, Any]) -> None:
    table = group_table(Comparison(comparison), 1.0)
    assert table and table.headings == ("model", "act", "event") and len(table.lines) == 5
    assert table.lines[3][0] == "mmf_mixer" and table.lines[3][1].endswith("]")
    earlier = {name: part for name, part in comparison.items() if name != "interactions"}
    assert group_table(Comparison(earlier), 1.0) is None


def test_figures_as_text() -> None:
    figure = {"mean": 0.5, "ci95": [0.4321, 0.55], "std": 0.01}
    assert percent(figure) == "50.0 [43.2, 55.0]" and percent({**figure, "ci95": None}) == "50.0"
    assert percent(None) == NONE
    test = {"difference": -0.031, "ci95": [-0.06, -0.004], "significant": True}
    assert difference(test) == "-3.1 [-6.0, -0.4] *" and difference({**test, "significant": False})[-1] == "]"
    assert difference(None) == NONE


def test_the_main_table_has_metrics_and_leads(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    table = main_table(found, 1.0)
    assert table.title == "results with all 400 training clips, and the lead of mmf_mixer"
    assert table.headings == ("model", "accuracy %", "mAP %", "lead, accuracy", "lead, mAP")
    assert [line[0] for line in table.lines] == [*found.models[:4], "mmf_mixer on text", "broken"]
    mixer, text, broken = table.lines[3:]
    assert mixer[1] == percent(found.figures[found.lead(1.0), ACCURACY]) and mixer[3:] == (NONE, NONE)
    assert text[4] == difference(found.against(Entry("mmf_mixer", ("text",), 1.0), PRECISION))
    assert text[4].startswith("+") and text[4].endswith("*")
    assert broken == ("broken", "failed", "failed", NONE, NONE)
    assert table.own == {3, 4} and table.best == {(3, 1), (3, 2)}
    accuracy = [each for each in comparison["summary"] if each["metric"] == ACCURACY]
    line = main_table(Comparison({**comparison, "summary": accuracy}), 1.0).lines[3]
    assert line[1] == mixer[1] and line[2] == NONE  # not measured, which is no failure
    unpaired = main_table(Comparison({**comparison, "paired": []}), 1.0)
    assert len(unpaired.headings) == len(unpaired.lines[0]) == 3


def test_the_curves_have_both_metrics_at_each_number_of_clips(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    table = curves_table(found)
    assert table is not None and "* mmf_mixer is significantly ahead, † behind" in table.title
    assert table.headings == ("model", "100: accuracy %", "100: mAP %", "400: accuracy %", "400: mAP %")
    by_model = {line[0]: line[1:] for line in table.lines}
    for column, fraction in ((0, 0.25), (2, 1.0)):
        own = found.figures[found.lead(fraction), ACCURACY]
        assert by_model["mmf_mixer"][column] == f"{100 * own['mean']:.1f}"
    assert by_model["mmf_mixer on text"][3].endswith(" *") and by_model["broken"] == (NONE,) * 4
    lost = [{**each, "difference": -abs(each["difference"])} for each in comparison["paired"]]
    behind = curves_table(Comparison({**comparison, "paired": lost}))
    assert behind is not None and any(cell.endswith(" †") for line in behind.lines for cell in line)
    assert document(found).startswith("# By the number of training clips\n\nResults by the number")
    whole = [row for row in comparison["rows"] if row["fraction"] == 1.0]
    assert curves_table(Comparison({**comparison, "rows": whole})) is None


def test_costs_and_further_metrics(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    costs = cost_table(found, 1.0)
    assert costs.lines[3][1:] == ("27,000", "28.0", "900", "21") and costs.lines[0][2] == NONE
    assert costs.lines[-1][1:] == (NONE,) * 4
    further = further_table(found, 1.0)
    assert further is not None and further.headings[1:] == ("group macro f1",)
    assert further.lines[0][1].endswith(" ± 0.0") and further.lines[-1][1] == NONE
    only = [each for each in comparison["summary"] if each["metric"] in (ACCURACY, PRECISION)]
    assert further_table(Comparison({**comparison, "summary": only}), 1.0) is None


def test_what_is_left_when_modalities_are_missing(comparison: dict[str, Any]) -> None:
    table = missing_table(Comparison(comparison), 1.0)
    assert table is not None
    assert table.headings[1:4] == ("text", "audio", "video") and table.headings[7] == "all"
    concat, _, mixer = table.lines
    # 0.3 + 0.5 x share, for 0.7, 0.2, 0.1 and for 0.4, 0.3, 0.3; deviation of the seeds 0.01
    assert concat == ("concat_mlp", *(f"{each} ± 1.0" for each in (65.0, 40.0, 35.0, 75.0, 70.0, 45.0, 80.0, 55.0)))
    assert mixer[1:3] == ("50.0 ± 1.0", "45.0 ± 1.0") and mixer[-1] == "55.0 ± 1.0"
    assert {(0, 1), (1, 1), (2, 2), (2, 3)} < table.best and (2, 1) not in table.best and table.own == {2}


def test_usage_and_evidence(comparison: dict[str, Any]) -> None:
    usage, evidence = usage_table(Comparison(comparison), 1.0), evidence_table(Comparison(comparison), 1.0)
    assert usage is not None and evidence is not None
    assert usage.headings[1:4] == ("text, share", "text, masked", "text, permuted")
    assert usage.lines[2][1:4] == ("40.0 ± 0.0", "10.0 ± 1.0", "8.0 ± 1.0") and usage.lines[2][-1] == "0.99"
    assert evidence.headings == ("model", "text (25)", "audio + video (15)")
    assert evidence.lines[0] == ("concat_mlp", "70.0 ± 1.0", "50.0 ± 1.0")
    bare = Comparison({**comparison, "usage": []})
    assert usage_table(bare, 1.0) is missing_table(bare, 1.0) is evidence_table(bare, 1.0) is None


def test_markdown() -> None:
    table = Table("t", ("model", "a %"), [("x|y", "1"), ("z", "2")], frozenset(), frozenset({(1, 1)}))
    assert markdown(table) == "| model | a % |\n| --- | ---: |\n| x&#124;y | 1 |\n| z | **2** |\n"


def test_every_fraction_has_its_tables_the_largest_first(comparison: dict[str, Any]) -> None:
    whole, small = document(Comparison(comparison)).split("# With 100 training clips\n\n")
    large = whole[whole.index("# With all") :]
    assert large.startswith(
        "# With all 400 training clips\n\nResults with all 400 training clips, and the lead of mmf_mixer:\n"
    )
    assert large.count("| --- |") == small.count("| --- |") == 7
    assert "Use of each modality:\n\n| model | text, share |" in small
