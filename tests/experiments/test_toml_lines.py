"""Lines of keys: headers, dotted keys, values over several lines, tables in arrays."""

from experiments.toml_lines import flatten, key_lines

TEXT = '''\
# a comment
[study]
name = "x"

[scenario]
price.volatility = 0.5
"venues.*.fee_rate" = 0.0
text = """
several = "lines"
"""
inner = { a = 1, b = 2 }

[levers]
design = [
  "one",  # with a comment
  "two",
]
reacting = [true]

[[points]]
design = "a"
[[points]]
design = "b"
'''


def test_every_key_has_its_line() -> None:
    lines = key_lines(TEXT)
    assert lines["study"] == 2
    assert lines["study.name"] == 3
    assert lines["scenario.price.volatility"] == 6
    assert lines["scenario.price"] == 6
    assert lines["scenario.venues.*.fee_rate"] == 7
    assert lines["scenario.text"] == 8
    assert "scenario.several" not in lines
    assert lines["scenario.inner.b"] == 11
    assert lines["levers.design"] == 14
    assert lines["levers.reacting"] == 18
    assert lines["points.0.design"] == 21
    assert lines["points.1"] == 22
    assert lines["points.1.design"] == 23


def test_flatten_gives_dotted_leaves() -> None:
    assert dict(flatten({"a": {"b": 1, "c": {"d": [2]}}, "e.f": 3})) == {
        "a.b": 1,
        "a.c.d": [2],
        "e.f": 3,
    }
