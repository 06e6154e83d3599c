"""What the peers of bench/run.sh have in common: the workloads, which are those of ShowTell.Benchmarks; their data; the
clock; and the proof that a peer does the same work (--check).

A peer gives three functions, and the forms in which it can do the work; the fastest form is timed:

    training(cell, sizes, minibatches, weights, form)   -> a function that takes a step of forward, loss, backward and
                                                           Adam on every minibatch and returns the losses
    gradients(cell, sizes, minibatch, weights)          -> the gradients under the exercise's names
    decoding(cell, sizes, features, length, end, weights, form)
                                                        -> a function that returns the captions' ids, N x length

A minibatch is (features, N x D; captions, N x (T + 1), filled up with zeros). Where weights are None, they are random.
"""
import argparse
import collections
import json
import os
import re
import struct
import sys
import time

import numpy as np

Sizes = collections.namedtuple("Sizes", "D W H V")

RANDOM_SIZES = Sizes(D=512, W=256, H=512, V=1004)
T = 16
START = 1
LEARNING_RATE = 1e-3
PHOTOS = 128
CAPTIONS_OF_PASS = 1280
STRIDE = 7919


class RealCaptions:
    """Captions of people in the exercises' layout."""

    def __init__(self, folder):
        import h5py

        with h5py.File(f"{folder}/coco2014_captions.h5") as file:
            self.captions = file["train_captions"][:].astype(np.int64)
            self.images = file["train_image_idxs"][:].astype(np.int64)
        self.features = self.features_of(h5py, folder, "train")
        self.photos = self.features_of(h5py, folder, "val")[:PHOTOS]
        with open(f"{folder}/coco2014_vocab.json") as file:
            words = len(json.load(file)["idx_to_word"])
        self.sizes = Sizes(self.features.shape[1], 256, 512, words)

    @staticmethod
    def features_of(h5py, folder, split):
        reduced, raw = (f"{folder}/{split}2014_vgg16_fc7{kind}.h5" for kind in ("_pca", ""))
        with h5py.File(reduced if os.path.exists(reduced) else raw) as file:
            return file["features"][:].astype(np.float32)

    def minibatch(self, number, n):
        indices = (number * n + np.arange(n)) * STRIDE % len(self.captions)
        return self.features[self.images[indices]], self.captions[indices]

    def minibatches_of_pass(self, n):
        return [self.minibatch(i, n) for i in range(CAPTIONS_OF_PASS // n)]


class TrainedModel:
    """A model that ShowTell.Benchmarks has written, and what it is expected to say."""

    def __init__(self, folder, cell):
        with open(f"{folder}/{cell}.safetensors", "rb") as file:
            length, = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            data = file.read()
        options = json.loads(header.pop("__metadata__")["options"])
        self.end = options["endId"]
        self.sizes = Sizes(*(options[key] for key in ("featureSize", "wordVectorSize", "hiddenSize", "vocabularySize")))
        self.weights = {
            name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
            for name, entry in header.items()
        }
        with open(f"{folder}/{cell}.expected.json") as file:
            self.expected = json.load(file)


def workloads(peer, real, models):
    """Names, captions of a step, forms, and what makes the step of a form: the whole one, or one to choose forms by."""
    rng = np.random.default_rng(231)
    for cell in ("rnn", "lstm"):
        for n in (25, 128, 256):
            minibatch = (rng.standard_normal((n, RANDOM_SIZES.D), np.float32),
                         rng.integers(4, RANDOM_SIZES.V, (n, T + 1)))
            yield (f"train {cell} {n}", n, peer.TRAINING_FORMS,
                   lambda form, trial: peer.training(cell, RANDOM_SIZES, [minibatch], None, form))
        for n in (1, 128):
            features = rng.standard_normal((n, RANDOM_SIZES.D), np.float32)
            yield (f"greedy {cell} {n}", n, peer.DECODING_FORMS,
                   lambda form, trial: peer.decoding(cell, RANDOM_SIZES, features, T + 1, None, None, form))
    for cell in ("rnn", "lstm") if real else ():
        for n in (25, 128):
            minibatches = real.minibatches_of_pass(n)
            yield (f"real {cell} {n}", n * len(minibatches), peer.REAL_TRAINING_FORMS,
                   lambda form, trial: peer.training(
                       cell, real.sizes, minibatches[:2] if trial else minibatches, None, form))
    for cell in ("rnn", "lstm") if real and models else ():
        model = TrainedModel(models, cell)
        yield (f"ending {cell} {PHOTOS}", PHOTOS, peer.ENDING_DECODING_FORMS,
               lambda form, trial: peer.decoding(
                   cell, model.sizes, real.photos, real.captions.shape[1], model.end, model.weights, form))


def repeat(step, seconds):
    times, begin = [], time.perf_counter()
    while not times or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)


def fastest(forms, make, seconds):
    """The fastest form. Tries them in turn, three times each; the least time counts."""
    if len(forms) == 1:
        return forms[0]
    steps = {form: make(form, trial=True) for form in forms}
    least = dict.fromkeys(forms, float("inf"))
    for _ in range(3):
        for form, step in steps.items():
            least[form] = min(least[form], repeat(step, seconds)[0])
    return min(least, key=least.get)


def time_all(peer, options, real):
    for name, captions, forms, make in workloads(peer, real, options.models):
        if re.search(options.only, name):
            form = fastest(forms, make, options.seconds / 6)
            step = make(form, trial=False)
            repeat(step, options.seconds / 3)
            times = repeat(step, options.seconds)
            median = times[len(times) // 2]
            print(f"{name}\t{median * 1e3:.3f}\t{captions / median:.1f}\t{form}", flush=True)


def check(peer, real, models):
    """Compares losses, gradients and captions with those that ShowTell found with the same weights."""
    for cell in ("rnn", "lstm"):
        model = TrainedModel(models, cell)
        minibatches = [real.minibatch(i, 128) for i in range(len(model.expected["losses"]))]
        gradients = peer.gradients(cell, model.sizes, minibatches[0], model.weights)
        for name, expected in model.expected["gradientNorms"].items():
            require_close(f"{cell}: gradient of {name}", np.linalg.norm(gradients[name]), expected)
        for form in sorted(set(peer.TRAINING_FORMS + peer.REAL_TRAINING_FORMS)):
            losses = peer.training(cell, model.sizes, minibatches, model.weights, form)()
            for step, (loss, expected) in enumerate(zip(losses, model.expected["losses"])):
                require_close(f"{cell}, {form}: loss of step {step + 1}", loss, expected)
        captions = np.array(model.expected["captions"])
        for form in sorted(set(peer.DECODING_FORMS + peer.ENDING_DECODING_FORMS)):
            found = peer.decoding(cell, model.sizes, real.photos, captions.shape[1], model.end, model.weights, form)()
            same = int((np.asarray(found) == captions).all(1).sum())
            print(f"{cell}, {form}: {same} of {len(captions)} captions are the same")
            # Where two words score alike to the last bits, either may win.
            if same < len(captions) - 2:
                sys.exit(f"{cell}, {form}: the captions differ from ShowTell's.")
        print(f"{cell}: losses of {len(minibatches)} steps and norms of {len(gradients)} gradients are the same")


def require_close(what, found, expected):
    if not abs(found - expected) <= 1e-3 * abs(expected):
        sys.exit(f"{what} is {found:.6g}; ShowTell found {expected:.6g}.")


def main(peer, description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads to compute with")
    parser.add_argument("--only", default="", help="only workloads whose name matches this regular expression")
    parser.add_argument("--seconds", type=float, default=3, help="how long to measure each workload")
    parser.add_argument("--data", help="folder with real captions in the exercises' layout")
    parser.add_argument("--models", help="folder that 'ShowTell.Benchmarks prepare' wrote")
    parser.add_argument("--check", action="store_true",
                        help="time nothing; compare losses, gradients and captions with ShowTell's")
    options = parser.parse_args()
    peer.use_threads(options.threads)
    real = RealCaptions(options.data) if options.data else None
    if not options.check:
        time_all(peer, options, real)
    elif real and options.models:
        check(peer, real, options.models)
    else:
        sys.exit("--check needs --data FOLDER and --models FOLDER.")
