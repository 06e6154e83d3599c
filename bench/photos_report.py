"""The table of bench/photos.sh.

    photos_report.py FOLDER THREADS ROUNDS [JSON]    FOLDER/all holds lines: what, tab, value, tab, unit, once a round
"""
import datetime
import json
import statistics
import sys

from report import machine, number, of, rows


def best(medians, prefix):
    """The fastest of the settings that were tried: its name and speed."""
    return max(((name, value) for name, value in medians.items() if name.startswith(prefix)), key=lambda item: item[1])


def spread(values, ours, theirs):
    """Median, least and greatest ratio within a round."""
    ratios = [x / y for x, y in zip(values[ours], values[theirs])]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"


def table(values, medians):
    ours, _ = best(medians, "ours")
    print("| 224 x 224 | photos/s | ShowTell against it (least, greatest) |\n|---|--:|--:|")
    print(f"| JPEG bytes to features, ShowTell ({ours.removeprefix('ours ')}) | {number(medians[ours])} | |")
    for what, prefix in [("ready tensors, ONNX Runtime alone", "network alone"),
                         ("ready tensors, PyTorch alone", "PyTorch alone"),
                         ("JPEG bytes to features, Pillow and PyTorch", "Pillow and PyTorch")]:
        name, speed = best(medians, prefix)
        print(f"| {what} ({name.removeprefix(prefix).strip()}) | {number(speed)} | {spread(values, ours, name)} |")
    print("\n| 12 megapixels | photos/s, decoded scaled | decoded whole, then resized | ratio (least, greatest) |"
          "\n|---|--:|--:|--:|")
    for to in ("input", "features"):
        scaled, plain = f"large scaled to {to}", f"large plain to {to}"
        print(f"| JPEG file to {'the network’s input' if to == 'input' else to} | {number(medians[scaled])} "
              f"| {number(medians[plain])} | {spread(values, scaled, plain)} |")
    print("\n| photos | peak memory, MB |\n|--:|--:|")
    for name, value in medians.items():
        if name.startswith("memory "):
            print(f"| {int(name.removeprefix('memory ')):,} | {value:.0f} |")
    print("\nAll settings, photos/s:\n")
    for name, value in medians.items():
        if not name.startswith(("memory", "large")):
            print(f"- {name}: {number(value)}")


def main(folder, threads, rounds, out=None):
    values = {}
    for what, value, _ in rows(f"{folder}/all"):
        values.setdefault(what, []).append(float(value))
    medians = {what: statistics.median(of_rounds) for what, of_rounds in values.items()}
    load, setting = rows(f"{folder}/load")[0][0], rows(f"{folder}/setting")[0][0].strip(",")
    print(f"{machine()}; {datetime.date.today()}; {of(int(threads), 'thread')}, {of(int(rounds), 'round')}; load before "
          f"the start {load}; PyTorch with OpenBLAS {setting.replace(',', ', ')}\n")
    table(values, medians)
    if out:
        with open(out, "w") as file:
            json.dump({"machine": machine(), "date": str(datetime.date.today()), "threads": int(threads),
                       "load": float(load), "openblas": setting, "medians": medians, "rounds": values}, file, indent=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
