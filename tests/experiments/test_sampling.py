"""Points in an order that the study alone fixes."""

from experiments.sampling import grid, sample


def test_grid_varies_the_last_path_fastest_whatever_the_order_of_keys() -> None:
    expected = ({"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4})
    assert grid({"b": [3, 4], "a": [1, 2]}) == expected
    assert grid({"a": [1, 2], "b": [3, 4]}) == expected


def test_no_axis_is_one_point() -> None:
    assert grid({}) == ({},)


def test_uncertainties_are_inside_levers() -> None:
    points = sample("grid", {"z": [1, 2]}, {"a": [5, 6]}, [])
    assert points == ({"z": 1, "a": 5}, {"z": 1, "a": 6}, {"z": 2, "a": 5}, {"z": 2, "a": 6})


def test_explicit_points_keep_their_order_and_cross_with_uncertainties() -> None:
    points = sample("explicit", {}, {"u": [0, 1]}, [{"b": 2, "a": 1}, {"a": 0, "b": 0}])
    assert [list(point.values()) for point in points] == [
        [1, 2, 0],
        [1, 2, 1],
        [0, 0, 0],
        [0, 0, 1],
    ]
