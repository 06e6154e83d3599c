"""What bench/run.sh makes of its measurements.

    report.py tried PATTERN                 the pattern of the workloads that the first pass times, to choose settings
                                            for the workloads whose names PATTERN matches
    report.py choose PEER FOLDER            the fastest setting of a peer for each kind of work: a line "setting, tab,
                                            pattern of the workloads' names" for each setting that won one
    report.py table FOLDER THREADS ROUNDS   the table

FOLDER holds what was measured: PEER.setting.SETTING from the short first pass, SIDE.ROUND and peak.ROUND from the
rounds, choice.PEER as printed by "choose", and load, the machine's load before the start.
"""
import datetime
import glob
import os
import re
import statistics
import sys

PEERS = {"torchsharp": "TorchSharp", "torch": "PyTorch", "numpy": "NumPy"}

KINDS = ("rnn", "lstm", "gru", "attention", "transformer")
WORKLOADS = [f"{work} {kind} {count}" for work, counts in (
    ("train", (25, 128, 256)), ("real", (25, 128)), ("greedy", (1, 128)), ("ending", (128,)))
    for kind in KINDS for count in counts]

# What the first pass measures stands for all workloads like it.
LIKE_IT = {
    r"train (\w+) 25": r"(train|real) \1 25",
    r"train (\w+) 128": r"(train|real) \1 (128|256)",
    r"greedy (\w+) 1": r"greedy \1 1",
    r"greedy (\w+) 128": r"(greedy|ending) \1 128",
}


def rows(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [line.rstrip("\n").split("\t") for line in file]


def tried(only):
    """What stands in the first pass for any workload that is asked for."""
    names = [name for name in WORKLOADS for measured, like_it in LIKE_IT.items()
             if (match := re.fullmatch(measured, name))
             and any(re.fullmatch(match.expand(like_it), other) and re.search(only, other) for other in WORKLOADS)]
    return f"^({'|'.join(names)})$"


def choose(peer, folder):
    speeds = {}
    for path in sorted(glob.glob(f"{folder}/{peer}.setting.*")):
        setting = path.rsplit(".setting.", 1)[1]
        for workload, _, speed, _ in rows(path):
            speeds.setdefault(workload, {})[setting] = float(speed)
    patterns = {}
    for workload, of_settings in speeds.items():
        for measured, like_it in LIKE_IT.items():
            match = re.fullmatch(measured, workload)
            if match:
                setting = max(of_settings, key=of_settings.get)
                patterns.setdefault(setting, []).append(match.expand(like_it))
    for setting, of_setting in patterns.items():
        print(f"{setting}\t{'|'.join(of_setting)}")


class Side:
    """What one side measured: captions a second by workload and round."""

    def __init__(self, folder, name, rounds):
        self.speeds, self.notes = {}, {}
        for round in range(1, rounds + 1):
            for workload, _, speed, note in rows(f"{folder}/{name}.{round}"):
                self.speeds.setdefault(workload, {})[round] = float(speed)
                self.notes[workload] = note

    def median(self, workload):
        return statistics.median(self.speeds[workload].values()) if workload in self.speeds else None


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}"


def of(count, what):
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def ratio(ours, theirs, workload):
    ratios = [speed / theirs.speeds[workload][round]
              for round, speed in ours.speeds[workload].items() if round in theirs.speeds.get(workload, {})]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})" if ratios else "–"


def percent(speed, operations, captions, peak):
    return f"{100 * speed / captions * operations / peak:.0f}%" if speed and peak else "–"


def captions_of_step(row):
    _, milliseconds, speed, _ = row
    return float(milliseconds) / 1e3 * float(speed)


def machine():
    with open("/proc/cpuinfo") as file:
        names = re.findall(r"model name\s*: (.*)", file.read())
    return names[0] if names else "unknown processor"


def table(folder, threads, rounds):
    peaks = {}
    for round in range(1, rounds + 1):
        for what, speed, *_ in rows(f"{folder}/peak.{round}"):
            peaks[what] = max(peaks.get(what, 0), float(speed))
    peak = peaks.get(f"peak float {threads}")
    ours = Side(folder, "showtell", rounds)
    # A peer that cannot run here has no choice of settings: its columns are left out.
    peers = {peer: Side(folder, peer, rounds) for peer in PEERS if os.path.exists(f"{folder}/choice.{peer}")}
    captions = {row[0]: captions_of_step(row) for row in rows(f"{folder}/showtell.1")}

    print(f"{machine()}, {of(os.cpu_count(), 'processor')}; {datetime.date.today()}; {of(threads, 'thread')}, "
          f"{of(rounds, 'round')}; load before the start {rows(f'{folder}/load')[0][0]}\n")
    for kind in ("float", "double"):
        speeds = [f"{number(peaks.get(f'peak {kind} {count}'))} GFLOP/s with {of(count, 'thread')}"
                  for count in sorted({1, threads})]
        print(f"Multiply-add peak, {kind}: {', '.join(speeds)}.\n")
    header = ["workload", "ShowTell, captions/s", "of peak"]
    for peer in peers:
        header += [f"{PEERS[peer]}, captions/s", "of peak", "ratio (least, greatest)"]
    print(f"| {' | '.join(header)} |")
    print(f"|---|{'--:|' * (len(header) - 1)}")
    for workload in ours.speeds:
        operations = float(ours.notes[workload])

        def cells_of(side):
            speed = side.median(workload)
            return [number(speed), percent(speed, operations, captions[workload], peak)]

        cells = [workload, *cells_of(ours)]
        for side in peers.values():
            cells += [*cells_of(side), ratio(ours, side, workload)]
        print(f"| {' | '.join(cells)} |")
    print_products(folder)
    print_choices(folder, peers)


def print_products(folder):
    products = [row for row in rows(f"{folder}/peak.1") if row[0].startswith("product")]
    if products:
        print("\n| product | GFLOP/s | of peak |\n|---|--:|--:|")
    for what, speed, share in products:
        print(f"| {what.removeprefix('product ')} | {speed} | {share} |")


def print_choices(folder, peers):
    print()
    for peer in peers:
        for setting, patterns in rows(f"{folder}/choice.{peer}"):
            print(f"- {PEERS[peer]}, {setting.replace(',', ', ')}: {patterns.replace('|', ' | ')}".replace(" | ", "; ")
                  .replace("(train; real)", "(train, real)").replace("(greedy; ending)", "(greedy, ending)")
                  .replace("(128; 256)", "(128, 256)"))
    for peer, side in peers.items():
        forms = {}
        for workload, form in side.notes.items():
            forms.setdefault(form, []).append(workload)
        for form, workloads in forms.items() if peer != "numpy" else ():
            print(f"- {PEERS[peer]}, {form}: {'; '.join(workloads)}")


if __name__ == "__main__":
    if sys.argv[1] == "tried":
        print(tried(sys.argv[2]))
    elif sys.argv[1] == "choose":
        choose(*sys.argv[2:])
    else:
        table(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
