#!/usr/bin/env python3
"""What one directory's part of make bench prints, and adds to the JSON file: each figure beside the one it is measured by.

    ratios.py DIRECTORY FIGURES OUT.json

FIGURES are "TURN NAME VALUE" lines.  A ratio is made within a turn, of what was measured within seconds; printed are the
median of the turns, the least and the most.  Turn 0 is what counts for all of them.
"""
import json
import os
import statistics
import sys


def read(path):
    turns = {}
    for line in open(path, encoding="utf-8"):
        turn, name, value = line.split()
        turns.setdefault(int(turn), {})[name] = float(value)
    return turns.pop(0), [turns[i] for i in sorted(turns)]


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def of_turn(v):
    """The figures of one turn, by the names they have in the JSON file."""
    n, ms = v["enroll_enrolled"], {}
    for part in ("front", "core", "clients", "directory"):
        if f"enroll_{part}_cpu" in v:
            ms[part] = 1000 * v[f"enroll_{part}_cpu"] / n
    hands = v["enroll_handshakes"] / n
    tls, verify, sign = 1000 * hands * v["crypto_handshake_cpu"], 1000 * v["crypto_csr_verify_cpu"], 1000 * v["crypto_sign_cpu"]
    out = {
        "enrollments_per_s": n / v["enroll_seconds"],
        "handshakes_per_enrollment": hands,
        "front_cpu_ms": ms["front"], "core_cpu_ms": ms["core"], "agent_cpu_ms": ms["front"] + ms["core"],
        "clients_cpu_ms": ms["clients"],
        "handshakes_cpu_ms": tls, "csr_verify_cpu_ms": verify, "sign_cpu_ms": sign, "cryptography_cpu_ms": tls + verify + sign,
        "front_to_handshakes": ms["front"] / tls,
        "core_to_verify_and_sign": ms["core"] / (verify + sign),
        "agent_to_cryptography": (ms["front"] + ms["core"]) / (tls + verify + sign),
    }
    for writes, word in (("1", "direct"), ("2", "direct_two_writes")):
        if f"direct{writes}_seconds" not in v:
            continue
        added = v[f"direct{writes}_added"]
        out[f"{word}_per_s"] = added / v[f"direct{writes}_seconds"]
        out[f"enrollments_to_{word}"] = out["enrollments_per_s"] / out[f"{word}_per_s"]
        out[f"{word}_clients_cpu_ms"] = 1000 * v[f"direct{writes}_clients_cpu"] / added
    if "directory" in ms:
        out["directory_cpu_ms"] = ms["directory"]
        out["direct_directory_cpu_ms"] = 1000 * v["direct1_directory_cpu"] / v["direct1_added"]
        out["directory_to_direct"] = ms["directory"] / out["direct_directory_cpu_ms"]
    return out


def processes(turns):
    """Whole processes, pair by pair."""
    join, beside = [t["enroll_join_us"] / 1000 for t in turns if "enroll_join_us" in t], {}
    for name in ("ldapadd", "adcli_join", "net_ads_join"):
        times = [t[f"{name}_us"] / 1000 for t in turns if f"{name}_us" in t]
        if times:
            beside[name] = {"ms": spread(times), "join_to_it": spread([a / b for a, b in zip(join, times)])}
    return spread(join), beside


def line(name, of, beside, than, ratio):
    print(f"  {name:17s}{of['median']:9.2f}   {beside:41s}{than['median']:9.2f}   "
          f"ratio {ratio['median']:6.2f}  ({ratio['least']:.2f} to {ratio['most']:.2f})")


def tell(o):
    print(f"""
{o["directory"]}: {o["devices"]} devices in {o["turns"]} turns, {o["connections"]} at a time, {o["failed"]} failed; medians, and each
ratio's least and most""")
    line("enrollments/s", o["enrollments_per_s"], "the same entries added directly, /s", o["direct_per_s"], o["enrollments_to_direct"])
    if "direct_two_writes_per_s" in o:
        line("", o["enrollments_per_s"], "certificates in a second write", o["direct_two_writes_per_s"],
             o["enrollments_to_direct_two_writes"])
    line("front, CPU ms", o["front_cpu_ms"], f"{o['handshakes_per_enrollment']['median']:.2f} TLS handshakes",
         o["handshakes_cpu_ms"], o["front_to_handshakes"])
    line("core, CPU ms", o["core_cpu_ms"], "CSR verified, certificate signed",
         {"median": o["csr_verify_cpu_ms"]["median"] + o["sign_cpu_ms"]["median"]}, o["core_to_verify_and_sign"])
    line("both, CPU ms", o["agent_cpu_ms"], "unavoidable cryptography", o["cryptography_cpu_ms"], o["agent_to_cryptography"])
    if "directory_cpu_ms" in o:
        line("directory, CPU ms", o["directory_cpu_ms"], "for one entry added directly", o["direct_directory_cpu_ms"],
             o["directory_to_direct"])
    for name, p in o["beside"].items():
        line("enroll join, ms", o["join_ms"], "one " + name.replace("_", " "), p["ms"], p["join_to_it"])
    print(f"""  peak memory, MB: front {o["front_peak_kb"] / 1024:.1f}, core {o["core_peak_kb"] / 1024:.1f}
  not the agent's, CPU ms: {o["clients_cpu_ms"]["median"]:.2f} of the device that enrolls, {o["direct_clients_cpu_ms"]["median"]:.2f} of who adds an entry; """
          f"""{o["cores"]} cores for all of it""")


def main():
    directory, figures, where = sys.argv[1:]
    whole, turns = read(figures)
    made = [of_turn(t) for t in turns if "enroll_seconds" in t]
    join, beside = processes(turns)
    out = {"directory": directory}
    out.update({name: int(whole[name]) for name in ("devices", "turns", "connections", "cores", "front_peak_kb", "core_peak_kb")})
    out["failed"] = int(sum(t["enroll_failed"] for t in turns if "enroll_failed" in t))
    out.update({name: spread([m[name] for m in made]) for name in made[0]})
    out.update({"join_ms": join, "beside": beside})
    tell(out)
    report = {"kind": "bench", "version": 1, "directories": []}
    if os.path.exists(where):
        report = json.load(open(where, encoding="utf-8"))
    report["directories"].append(out)
    with open(where, "w", encoding="utf-8") as f:
        json.dump(report, f, indent=2)
        f.write("\n")


main()
