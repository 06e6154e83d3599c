#!/usr/bin/python3
"""Training at the exercises' true size: captions a second, time for an epoch, peak memory.

    bench/true_size.py [--features 512|4096] [--format hdf5|safetensors|both] [--iterations N | --epoch] [--cold]
                       [FOLDER]

Writes a dataset into FOLDER (by default a temporary one, removed afterwards), or takes the one that it wrote there
before: 82,783 and 40,504 photos with 512 or 4,096 features each, 400,135 and 195,954 captions, 1,004 words. The same
numbers are written in the layout of the CS231n exercises (hdf5) and in ShowTell's own (safetensors), unless --format
names one of them. Then runs `showtell train` on each in turn (LSTM, H 512, W 256, batch 128) and stops it after some
iterations, or goes on to the end of the epoch, validation included. --cold asks the kernel to forget the feature files
first.

Peak memory is the resident set's high-water mark, which leaves out the page cache; above its limit (400 MB with 512
features, 600 MB with 4,096) the exit status is 1. Needs Debian's python3-numpy, and python3-h5py for HDF5.
"""
import argparse, contextlib, json, os, signal, struct, subprocess, sys, tempfile, time
import numpy as np

SPLITS = {"train": (82_783, 400_135), "val": (40_504, 195_954)}
MARKERS = ["<NULL>", "<START>", "<END>", "<UNK>"]
WIDTH, VOCABULARY, BATCH, WARM_UP = 17, 1004, 128, 20
LIMIT_MB = {512: 400, 4096: 600}

# Captions of 6, 7, ... 15 words among 1,000 of COCO's val2014 captions as the exercises cut them: 10.2 words on
# average. Their words are nearly Zipf's: the k-th most frequent one stands there 1/k as often as the first.
WORD_COUNTS = [0, 8, 171, 226, 223, 159, 101, 59, 34, 19]


def captions_of(count, rng):
    lengths = rng.choice(np.arange(6, 16), count, p=np.divide(WORD_COUNTS, sum(WORD_COUNTS)))[:, None]
    odds = 1 / np.arange(1, VOCABULARY - 2)
    words = rng.choice(np.arange(3, VOCABULARY), (count, WIDTH), p=odds / odds.sum())
    position = np.arange(WIDTH)
    words[:, 0] = MARKERS.index("<START>")
    return np.where(position <= lengths, words, np.where(position == lengths + 1, MARKERS.index("<END>"), 0))


class Hdf5Layout:
    """The layout of the CS231n exercises."""
    captions, vocabulary, lists = "coco2014_captions.h5", "coco2014_vocab.json", "{}2014_{}.txt"

    @staticmethod
    def features(split, size):
        return f"{split}2014_vgg16_fc7{'_pca' if size == 512 else ''}.h5"

    @staticmethod
    def write(path, tensors):
        import h5py

        with h5py.File(path, "w") as file:
            for name, (kind, shape, blocks) in tensors.items():
                target, start = file.create_dataset(name, shape, kind), 0
                for block in blocks:
                    target[start:start + len(block)] = block
                    start += len(block)


class SafeTensorsLayout:
    """ShowTell's own layout. The checksums that ShowTell writes beside its tensors are optional, and left out here."""
    captions, vocabulary, lists = "captions.safetensors", "vocabulary.json", "{}_{}.txt"

    @staticmethod
    def features(split, size):
        return f"{split}_features{'_pca' if size == 512 else ''}.safetensors"

    @staticmethod
    def write(path, tensors):
        header, end = {}, 0
        for name, (kind, shape, _) in tensors.items():
            begin, end = end, end + int(np.prod(shape)) * np.dtype(kind).itemsize
            header[name] = {"dtype": {"f4": "F32", "i4": "I32"}[kind], "shape": shape, "data_offsets": [begin, end]}
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for kind, _, blocks in tensors.values():
                for block in blocks:
                    file.write(block.astype(f"<{kind}").tobytes())


LAYOUTS = {"hdf5": Hdf5Layout, "safetensors": SafeTensorsLayout}


def write_whole(layout, path, tensors):
    layout.write(path + ".partial", tensors)
    os.replace(path + ".partial", path)


def write_captions(layout, folder, rng):
    words = MARKERS + [f"word{i}" for i in range(VOCABULARY - len(MARKERS))]
    with open(os.path.join(folder, layout.vocabulary), "w") as file:
        json.dump({"idx_to_word": words, "word_to_idx": {word: i for i, word in enumerate(words)}}, file)
    tensors = {}
    for split, (photos, captions) in SPLITS.items():
        tensors[f"{split}_captions"] = "i4", [captions, WIDTH], [captions_of(captions, rng)]
        tensors[f"{split}_image_idxs"] = "i4", [captions], [rng.permutation(np.arange(captions) % photos)]
    write_whole(layout, os.path.join(folder, layout.captions), tensors)
    for split, (photos, _) in SPLITS.items():
        for kind, place in (("urls", "http://farm1.staticflickr.com/8186/{:010}_4e622c8349_z.jpg"),
                            ("images", split + "2014/COCO_" + split + "2014_{:012}.jpg")):
            with open(os.path.join(folder, layout.lists.format(split, kind)), "w") as file:
                file.writelines(place.format(photo) + "\n" for photo in range(photos))


def feature_blocks(photos, size, rng):
    for start in range(0, photos, 4096):
        yield rng.standard_normal((min(4096, photos - start), size), dtype=np.float32)


def make_dataset(layout, folder, size):
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, layout.lists.format("val", "images"))):
        write_captions(layout, folder, np.random.default_rng(231))
    for number, (split, (photos, _)) in enumerate(SPLITS.items()):
        path = os.path.join(folder, layout.features(split, size))
        if not os.path.exists(path):
            blocks = feature_blocks(photos, size, np.random.default_rng([size, number]))
            write_whole(layout, path, {"features": ("f4", [photos, size], blocks)})


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


def report(entries, name, size, peak):
    """Prints what was measured, and what it makes for an epoch."""
    warm, last = entries[min(WARM_UP, len(entries) // 2)], entries[-1]
    step = (last["seconds"] - warm["seconds"]) / (last["iteration"] - warm["iteration"])
    whole = SPLITS["train"][1] // BATCH
    if last["iteration"] == whole:
        epoch, how = last["seconds"], "measured whole, validation included"
    else:
        epoch, how = whole * step, f"extrapolated from {last['iteration']} of {whole} iterations, without validation"
    print(f"{name}, {size} features a photo: {BATCH / step:,.0f} captions/s, {step * 1e3:.1f} ms a step")
    print(f"  epoch: {epoch:,.0f} s ({how})")
    print(f"  peak memory: {peak:.0f} MB, at most {LIMIT_MB[size]} allowed", flush=True)


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "processor")


def build():
    """Builds the command; returns the path of its assembly."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    project = os.path.join(root, "src", "ShowTell.Cli")
    subprocess.run(["dotnet", "build", "-c", "Release", "--disable-build-servers", "-v", "quiet", project],
                   check=True, stdout=sys.stderr)
    return subprocess.run(["dotnet", "msbuild", project, "-p:Configuration=Release", "-getProperty:TargetPath"],
                          check=True, capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, choices=LIMIT_MB, default=512, metavar="512|4096")
    parser.add_argument("--format", choices=[*LAYOUTS, "both"], default="both")
    parser.add_argument("--iterations", type=int, default=300, metavar="N", help="default: 300")
    parser.add_argument("--epoch", action="store_true", help="go on to the end of the epoch")
    parser.add_argument("--cold", action="store_true", help="read the features from the disk, not from the page cache")
    parser.add_argument("--program", metavar="DLL", help="a ShowTell.Cli.dll to run; by default it is built")
    parser.add_argument("folder", nargs="?")
    options = parser.parse_args()
    program = options.program or build()
    peaks = []
    print(f"{processor()}, {os.cpu_count()} threads")
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory())
        for name in LAYOUTS if options.format == "both" else [options.format]:
            layout, place = LAYOUTS[name], os.path.join(folder, name)
            make_dataset(layout, place, options.features)
            if options.cold:
                for split in SPLITS:
                    forget(os.path.join(place, layout.features(split, options.features)))
            entries, peak = train(program, place, options.features, None if options.epoch else options.iterations)
            report(entries, name, options.features, peak)
            peaks.append(peak)
    sys.exit(max(peaks) > LIMIT_MB[options.features])


if __name__ == "__main__":
    main()
