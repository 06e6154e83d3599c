#!/usr/bin/python3
"""Training on small sets: validation loss, CIDEr-D and time by number of photos and settings.

    bench/small_sets.py [--photos 100,300,1000] [--seeds 231,1,2] [--only NAME] [--work FOLDER] [--min-count N]
                        [--beam N] FLICKR8K NET.onnx

FLICKR8K holds `images`, `Flickr8k.token.txt`, `Flickr_8k.trainImages.txt` and `Flickr_8k.devImages.txt`. Takes the
first photos of the train list, and scores captions of all dev photos against the captions as people wrote them. Features are
computed once and kept in the work folder. Prints a table in Markdown: the mean over the seeds, and the sample standard
deviation. SHOWTELL names the command (by default `dotnet run -c Release --project src/ShowTell.Cli --`).
"""
import argparse, json, os, shlex, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHOWTELL = shlex.split(os.environ.get("SHOWTELL", f"dotnet run -c Release --project {ROOT}/src/ShowTell.Cli --"))

# By hand: the best that was found before there was a preset. Unknown words count in none but the last.
SETTINGS = {
    "by hand": "--image-cell --hidden 512 --wordvec 512 --dropout 0.5 --embedding-dropout 0.3 --feature-dropout 0.2 "
               "--label-smoothing 0.1 --clip 5 --epochs {epochs} --warmup 10 --average 0.95 --patience 20",
    "defaults": "",
    "small": "--recipe small",
    "small, unknown words learned": "--recipe small --learn-unknown",
}


def showtell(*arguments):
    done = subprocess.run([*SHOWTELL, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"showtell {shlex.join(arguments)}\n{done.stdout[-1000:]}{done.stderr}")
    return done.stdout


def dataset(options, photos):
    folder = os.path.join(options.work, f"{photos}-{options.min_count}")
    data = options.flickr8k
    if not os.path.exists(os.path.join(folder, "done")):
        os.makedirs(options.work, exist_ok=True)
        names = os.path.join(options.work, f"{photos}.txt")
        with open(os.path.join(data, "Flickr_8k.trainImages.txt")) as every, open(names, "w") as some:
            some.writelines(line for line, _ in zip(every, range(photos)))
        showtell("data", "import", os.path.join(data, "Flickr8k.token.txt"), "--photos", os.path.join(data, "images"),
                 "--train-list", names, "--val-list", os.path.join(data, "Flickr_8k.devImages.txt"),
                 "--min-count", str(options.min_count), "--out", folder)
        showtell("features", folder, "--backbone", options.network, "--standardize")
        open(os.path.join(folder, "done"), "w").close()
    return folder


def run(options, folder, settings, seed):
    model = os.path.join(options.work, "model.safetensors")
    start = time.time()
    showtell("train", folder, "--out", model, "--seed", str(seed), "--print-every", "1000000", *shlex.split(settings))
    seconds = time.time() - start
    with open(os.path.join(options.work, "model-log", "metrics.jsonl")) as lines:
        losses = [line["validationLoss"] for line in map(json.loads, lines) if "validationLoss" in line]
    scores = json.loads(showtell("evaluate", model, folder, "--beam", str(options.beam), "--bootstrap", "1", "--json"))
    return {"epoch": losses.index(min(losses)) + 1, "loss": min(losses), "seconds": seconds,
            "cider": scores["CIDEr"], "bleu": scores["Bleu_4"], "distinct": scores["variety"]["distinctCaptions"]}


def numbers(results, key, digits):
    values = [result[key] for result in results]
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{spread}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", default="100,300,1000")
    parser.add_argument("--seeds", default="231,1,2")
    parser.add_argument("--only", choices=SETTINGS, action="append")
    parser.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "small-sets"))
    parser.add_argument("--min-count", type=int, default=2)
    parser.add_argument("--beam", type=int, default=3)
    parser.add_argument("flickr8k")
    parser.add_argument("network")
    options = parser.parse_args()
    print("| photos | settings | validation loss | CIDEr-D | BLEU-4 | distinct captions | epoch | time |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|")
    for photos in map(int, options.photos.split(",")):
        folder, epochs = dataset(options, photos), max(20, 6000 // photos)
        for name in options.only or SETTINGS:
            settings = SETTINGS[name].format(epochs=epochs)
            results = [run(options, folder, settings, seed) for seed in options.seeds.split(",")]
            print(f"| {photos:,} | {name} | {numbers(results, 'loss', 2)} | {numbers(results, 'cider', 3)} "
                  f"| {numbers(results, 'bleu', 3)} | {numbers(results, 'distinct', 0)} "
                  f"| {numbers(results, 'epoch', 0)} | {numbers(results, 'seconds', 0)} s |", flush=True)


if __name__ == "__main__":
    main()
