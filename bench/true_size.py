#!/usr/bin/python3
"""Training at the exercises' true size: captions a second, time for an epoch, peak memory.

    bench/true_size.py [--features 512|4096] [--iterations N | --epoch] [--cold] [FOLDER]

Writes a dataset in the CS231n layout into FOLDER (by default a temporary one, removed afterwards), or takes the one
that it wrote there before: 82,783 and 40,504 photos with 512 or 4,096 features each, 400,135 and 195,954 captions,
1,004 words. Then runs `showtell train` on all of it (LSTM, H 512, W 256, batch 128) and stops it after some
iterations, or goes on to the end of the epoch, validation included. --cold asks the kernel to forget the
feature files first.

Peak memory is the resident set's high-water mark, which leaves out the page cache; above its limit (400 MB with 512
features, 600 MB with 4,096) the exit status is 1. Needs Debian's python3-h5py.
"""
import argparse, contextlib, json, os, signal, subprocess, sys, tempfile, time
import h5py, numpy as np

SPLITS = {"train": (82_783, 400_135), "val": (40_504, 195_954)}
MARKERS = ["<NULL>", "<START>", "<END>", "<UNK>"]
WIDTH, VOCABULARY, BATCH, WARM_UP = 17, 1004, 128, 20
LIMIT_MB = {512: 400, 4096: 600}

# Captions of 6, 7, ... 15 words among 1,000 of COCO's val2014 captions as the exercises cut them: 10.2 words on
# average. Their words are nearly Zipf's: the k-th most frequent one stands there 1/k as often as the first.
WORD_COUNTS = [0, 8, 171, 226, 223, 159, 101, 59, 34, 19]


def feature_file(folder, split, size):
    return os.path.join(folder, f"{split}2014_vgg16_fc7{'_pca' if size == 512 else ''}.h5")


def captions_of(count, rng):
    lengths = rng.choice(np.arange(6, 16), count, p=np.divide(WORD_COUNTS, sum(WORD_COUNTS)))[:, None]
    odds = 1 / np.arange(1, VOCABULARY - 2)
    words = rng.choice(np.arange(3, VOCABULARY), (count, WIDTH), p=odds / odds.sum())
    position = np.arange(WIDTH)
    words[:, 0] = MARKERS.index("<START>")
    return np.where(position <= lengths, words, np.where(position == lengths + 1, MARKERS.index("<END>"), 0))


def write_captions(folder, rng):
    words = MARKERS + [f"word{i}" for i in range(VOCABULARY - len(MARKERS))]
    with open(os.path.join(folder, "coco2014_vocab.json"), "w") as file:
        json.dump({"idx_to_word": words, "word_to_idx": {word: i for i, word in enumerate(words)}}, file)
    with h5py.File(os.path.join(folder, "coco2014_captions.h5"), "w") as file:
        for split, (photos, captions) in SPLITS.items():
            file[f"{split}_captions"] = captions_of(captions, rng).astype(np.int32)
            file[f"{split}_image_idxs"] = rng.permutation(np.arange(captions) % photos).astype(np.int32)
    for split, (photos, _) in SPLITS.items():
        for kind, place in (("urls", "http://farm1.staticflickr.com/8186/{:010}_4e622c8349_z.jpg"),
                            ("images", split + "2014/COCO_" + split + "2014_{:012}.jpg")):
            with open(os.path.join(folder, f"{split}2014_{kind}.txt"), "w") as file:
                file.writelines(place.format(photo) + "\n" for photo in range(photos))


def write_features(folder, size, rng):
    for split, (photos, _) in SPLITS.items():
        path = feature_file(folder, split, size)
        with h5py.File(path + ".partial", "w") as file:
            features = file.create_dataset("features", (photos, size), np.float32)
            for start in range(0, photos, 4096):
                rows = min(4096, photos - start)
                features[start:start + rows] = rng.standard_normal((rows, size), dtype=np.float32)
        os.replace(path + ".partial", path)


def make_dataset(folder, size):
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "val2014_images.txt")):
        write_captions(folder, np.random.default_rng(231))
    if not os.path.exists(feature_file(folder, "val", size)):
        write_features(folder, size, np.random.default_rng(size))


def forget(path):
    """Writes what is not on the disk yet, and drops the file from the page cache."""
    with open(path) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def entries_of(metrics):
    if not os.path.exists(metrics):
        return []
    with open(metrics) as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


def peak_of(process, before):
    """The high-water mark of the process's resident set in MB; what it was before if the process has ended."""
    try:
        with open(f"/proc/{process.pid}/status") as file:
            marks = [line for line in file if line.startswith("VmHWM:")]
    except FileNotFoundError:
        marks = []
    return int(marks[0].split()[1]) / 1024 if marks else before


def train(program, folder, size, iterations):
    """Trains in a process of its own; returns the entries of its log, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as out:
        metrics = os.path.join(out, "log", "metrics.jsonl")
        process = subprocess.Popen(
            ["dotnet", program, "train", folder, "--features", "pca" if size == 512 else "raw", "--lr", "1e-3",
             "--batch", str(BATCH), "--epochs", "1", "--print-every", "100",
             "--out", os.path.join(out, "model.safetensors"), "--log", os.path.join(out, "log")], stdout=sys.stderr)
        peak, is_stopped = 0, False
        while process.poll() is None:
            peak = peak_of(process, peak)
            if iterations and not is_stopped and len(entries_of(metrics)) >= iterations:
                process.send_signal(signal.SIGINT)
                is_stopped = True
            time.sleep(0.05)
        if process.returncode not in (0, 130):
            sys.exit(f"showtell train exited with {process.returncode}.")
        return entries_of(metrics), peak


def report(entries, size, peak):
    """Prints what was measured, and what it makes for an epoch."""
    warm, last = entries[min(WARM_UP, len(entries) // 2)], entries[-1]
    step = (last["seconds"] - warm["seconds"]) / (last["iteration"] - warm["iteration"])
    whole = SPLITS["train"][1] // BATCH
    if last["iteration"] == whole:
        epoch, how = last["seconds"], "measured whole, validation included"
    else:
        epoch, how = whole * step, f"extrapolated from {last['iteration']} of {whole} iterations, without validation"
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "processor")
    print(f"{model}, {os.cpu_count()} threads")
    print(f"{size} features a photo: {BATCH / step:,.0f} captions/s, {step * 1e3:.1f} ms a step")
    print(f"epoch: {epoch:,.0f} s ({how})")
    print(f"peak memory: {peak:.0f} MB, at most {LIMIT_MB[size]} allowed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, choices=LIMIT_MB, default=512, metavar="512|4096")
    parser.add_argument("--iterations", type=int, default=300, metavar="N", help="default: 300")
    parser.add_argument("--epoch", action="store_true", help="go on to the end of the epoch")
    parser.add_argument("--cold", action="store_true", help="read the features from the disk, not from the page cache")
    parser.add_argument("--program", metavar="DLL", help="a showtell.dll to run; by default it is built")
    parser.add_argument("folder", nargs="?")
    options = parser.parse_args()
    program = options.program
    if not program:
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        project = os.path.join(root, "src", "ShowTell.Cli")
        subprocess.run(["dotnet", "build", "-c", "Release", project, "-v", "quiet"], check=True, stdout=sys.stderr)
        program = os.path.join(project, "bin", "Release", "net10.0", "showtell.dll")
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory())
        make_dataset(folder, options.features)
        if options.cold:
            for split in SPLITS:
                forget(feature_file(folder, split, options.features))
        entries, peak = train(program, folder, options.features, None if options.epoch else options.iterations)
    report(entries, options.features, peak)
    sys.exit(peak > LIMIT_MB[options.features])


if __name__ == "__main__":
    main()
