#!/usr/bin/env python3
"""What beside.sh measured, as ratios: figures are "name value" lines (of one name: the sum), times "name microseconds".

	beside.py KIND FIGURES TIMES OUT.json
"""
import json
import statistics
import sys


def main():
    kind, figures, times, where = sys.argv[1:]
    v, t = {}, {}
    for line in open(figures):
        name, value = line.split()
        v[name] = v.get(name, 0) + float(value)
    for line in open(times):
        name, value = line.split()
        t.setdefault(name, []).append(float(value) / 1000)
    n = v["n"]
    per_s = v["enrolled"] / v["enroll_seconds"]
    one, two = n / v["direct1_seconds"], n / v["direct2_seconds"]
    out = {
        "directory": kind, "devices": int(n), "connections": int(v["threads"]), "failed": int(v["failed"]),
        "enrollments_per_s": per_s, "direct_one_write_per_s": one, "direct_two_writes_per_s": two,
        "enrollments_to_direct_one_write": per_s / one, "enrollments_to_direct_two_writes": per_s / two,
    }
    print(f"""
{kind}: {int(n)} devices, {int(v["threads"])} at a time, {int(v["failed"])} failed
  enrollments/s    {per_s:8.1f}   loaded directly, one write each       {one:8.1f}   ratio {per_s / one:.2f}
                              loaded directly, certificate after it {two:8.1f}   ratio {per_s / two:.2f}""")
    mine = statistics.median(t["enroll_join"]) if "enroll_join" in t else None
    for name in ("adcli_join", "net_ads_join"):
        if mine is None or name not in t:
            continue
        theirs = statistics.median(t[name])
        out[f"enroll_join_to_{name}"] = mine / theirs
        print(f"  enroll join, ms  {mine:8.1f}   {name.replace('_', ' '):37s} {theirs:8.1f}   ratio {mine / theirs:.2f}")
    json.dump(out, open(where, "w"), indent=2)


main()
