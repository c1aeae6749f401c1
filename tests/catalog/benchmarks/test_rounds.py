"""Measures take turns, so that a disturbance meets them all."""

from catalog.benchmarks.crew import shares
from catalog.benchmarks.rounds import alternate, medians


def test_measures_take_turns_in_every_round():
    called: list[str] = []

    def measure(name: str) -> float:
        called.append(name)
        return float(len(called))

    found = alternate({"ours": lambda: measure("ours"), "naive": lambda: measure("naive")}, 3, lambda _: None)
    assert called == ["ours", "naive"] * 3
    assert found == {"ours": [1.0, 3.0, 5.0], "naive": [2.0, 4.0, 6.0]}


def test_one_disturbed_round_does_not_move_the_median():
    assert medians({"ours": [100.0, 101.0, 1.0, 102.0, 99.0], "none": []}) == {"ours": 100.0}


def test_a_crew_shares_every_file_once_and_evenly():
    paths = [str(number) for number in range(11)]
    parts = shares(paths, 3)
    assert [path for part in parts for path in part] == paths
    assert {len(part) for part in parts} == {3, 4}
