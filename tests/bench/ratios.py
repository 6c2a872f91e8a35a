#!/usr/bin/env python3
"""What make bench prints: each figure beside the one it is measured by.  Reads "name value" lines (of one name: the sum), writes JSON."""
import json
import sys


def main():
    v = {}
    for line in sys.stdin:
        name, value = line.split()
        v[name] = v.get(name, 0) + float(value)
    n = v["enrolled"]
    per_s, direct_per_s = n / v["enroll_seconds"], v["n"] / v["direct_seconds"]
    handshakes = v["handshakes"] / n
    front, core = 1000 * v["front_cpu"] / n, 1000 * v["core_cpu"] / n
    tls = 1000 * v["handshake_cpu"] * handshakes
    csr, sign = 1000 * v["csr_verify_cpu"], 1000 * v["sign_cpu"]
    devices, slapd = 1000 * v["devices_cpu"] / n, 1000 * v["slapd_cpu"] / n
    slapd_direct = 1000 * v["slapd_direct_cpu"] / v["n"]
    everything = devices + front + core + slapd
    out = {
        "devices": int(v["n"]), "connections": int(v["threads"]), "failed": int(v["failed"]),
        "enrollments_per_s": per_s, "direct_adds_per_s": direct_per_s,
        "enrollments_to_direct_adds": per_s / direct_per_s,
        "handshakes_per_enrollment": handshakes,
        "front_cpu_ms": front, "core_cpu_ms": core,
        "devices_cpu_ms": devices, "slapd_cpu_ms": slapd, "slapd_direct_cpu_ms": slapd_direct,
        "most_enrollments_per_s_with_all_on_these_cores": 1000 * v["cores"] / everything, "cores": int(v["cores"]),
        "handshake_cpu_ms": tls, "csr_verify_cpu_ms": csr, "sign_cpu_ms": sign,
        "front_cpu_to_handshakes": front / tls, "core_cpu_to_verify_and_sign": core / (csr + sign),
        "cpu_to_unavoidable_cryptography": (front + core) / (tls + csr + sign),
        "join_ms": v["join_ms"], "ldapadd_ms": v["ldapadd_ms"], "join_to_ldapadd": v["join_ms"] / v["ldapadd_ms"],
        "front_peak_kb": int(v["front_peak_kb"]), "core_peak_kb": int(v["core_peak_kb"]),
    }
    print(f"""
{out["devices"]} devices, {out["connections"]} at a time, {out["failed"]} failed
  enrollments/s    {per_s:8.1f}   direct adds/s, as many connections   {direct_per_s:8.1f}   ratio {per_s / direct_per_s:.2f}
  front, CPU ms    {front:8.2f}   {handshakes:.2f} TLS handshakes             {tls:8.2f}   ratio {front / tls:.2f}
  core, CPU ms     {core:8.2f}   CSR verified, certificate signed     {csr + sign:8.2f}   ratio {core / (csr + sign):.2f}
  both, CPU ms     {front + core:8.2f}   unavoidable cryptography             {tls + csr + sign:8.2f}   ratio {out["cpu_to_unavoidable_cryptography"]:.2f}
  slapd, CPU ms    {slapd:8.2f}   slapd, one direct add                {slapd_direct:8.2f}   ratio {slapd / slapd_direct:.2f}
  enroll join, ms  {v["join_ms"]:8.1f}   one ldapadd, ms                      {v["ldapadd_ms"]:8.1f}   ratio {out["join_to_ldapadd"]:.2f}
  peak memory, MB: front {v["front_peak_kb"] / 1024:.1f}, core {v["core_peak_kb"] / 1024:.1f}
  device, front, core and slapd share {out["cores"]} cores: {everything:.2f} CPU ms an enrollment, {devices:.2f} of it the device's, so at
  most {1000 * v["cores"] / everything:.0f}/s here whatever waits""")
    with open(sys.argv[1], "w") as f:
        json.dump(out, f, indent=2)
        f.write("\n")


main()
