"""Holds summary.prom to summary.json, by Prometheus' own parsers: every name, every label, every value, and nothing else."""

import json
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as older

SUFFIX = {"ns": "seconds", "B": "bytes", "ratio": "ratio", "count": ""}


def name_of(key, unit):
    name = f"pushbench_{key}"
    return name if unit == "" or name.endswith("_" + unit) else f"{name}_{unit}"


def expected(summary):
    """From a sample's name and labels to its value."""
    scenario = {"scenario": summary["scenario"]["name"]}
    found = {}

    def put(name, labels, value):
        key = (name, frozenset((k, v) for k, v in labels.items() if v != ""))
        assert key not in found, f"two of {key}"
        found[key] = value

    put("pushbench_run_finished", scenario, 0 if summary["status"] else 1)
    for row in summary["rows"]:
        labels = scenario | {
            "transport": row["transport"],
            "carrier": row["settings"]["carrier"],
            "point": row["point"],
        }
        failed = row["tried"] - row["measured"]
        for status, count in {"measured": row["measured"], "failed": failed}.items():
            put("pushbench_trials", labels | {"status": status}, count)
        sums = row["accounting"]
        if sums:
            lost = sums["lost_retention"] + sums["lost_cut_off"] + sums["lost_deadline"]
            for fate, count in {"delivered": sums["delivered"], "superseded": sums["superseded"], "lost": lost}.items():
                put("pushbench_updates", labels | {"fate": fate}, count)
        for key, figure in row["figures"].items():
            unit = summary["metrics"][key]["unit"]
            scale = 1e9 if unit == "ns" else 1
            parts = {"_low": figure["low"], "_high": figure["high"]}
            parts["_bound" if figure["bound"] else ""] = figure["centre"]
            for part, value in parts.items():
                if value is not None:
                    put(name_of(key + part, SUFFIX[unit]), labels, value / scale)
    return found


def samples(families):
    return [sample for family in families for sample in family.samples]


text = open(sys.argv[1], encoding="utf-8").read()
summary = json.load(open(sys.argv[2], encoding="utf-8"))
families = list(openmetrics.text_string_to_metric_families(text))
assert families and all(family.type == "gauge" and family.documentation for family in families)
for family in families:
    assert family.unit == "" or family.name.endswith("_" + family.unit), family
wanted = expected(summary)
run = {"pushbench_run_info", "pushbench_run_begun_timestamp_seconds"}
doubted = set()
for sample in samples(families):
    if sample.name == "pushbench_doubts":
        if sample.value:
            doubted.add((sample.labels["transport"], sample.labels.get("point", ""), sample.labels["about"]))
    elif sample.name not in run:
        key = (sample.name, frozenset(sample.labels.items()))
        value = wanted.pop(key)
        assert abs(sample.value - value) <= 1e-12 * abs(value), (key, sample.value, value)
assert not wanted, f"missing: {wanted}"

latency = {
    (row["transport"], row["point"], "latency")
    for row in summary["rows"]
    if any(row["figures"].get(key, {}).get("doubts") for key in ("p50", "p90", "p99", "p999", "max", "twin"))
}
assert latency == {doubt for doubt in doubted if doubt[2] == "latency"}, doubted

# the text format that came before, for those who only know that
before = samples(older.text_string_to_metric_families(text))
assert [(s.name, s.labels, s.value) for s in before] == [(s.name, s.labels, s.value) for s in samples(families)]
print(len(before))
