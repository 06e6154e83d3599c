"""PyTorch's side of bench/photos.sh: SqueezeNet 1.1 without its classifier, and Pillow before it.

    photos_peer.py check NETWORK.safetensors PHOTOS REFERENCE.h5    its features equal the reference's to 1e-3
    photos_peer.py speed NETWORK.safetensors PHOTOS THREADS SECONDS BATCH ...
                                            lines: what, tab, photos a second, tab, unit
    photos_peer.py large PHOTOS FOLDER COUNT    12-megapixel JPEGs, each of 12 photos put together and enlarged
"""
import glob
import io
import json
import statistics
import struct
import sys
import time

MEAN = (103.939, 116.779, 123.68)  # of blue, green and red


def weights(path):
    import numpy as np
    import torch
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        start, end = tensor["data_offsets"]
        values = np.frombuffer(data[start:end], {"F32": np.float32, "F16": np.float16}[tensor["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(tensor["shape"]).astype(np.float32))
    return tensors


def load(path):
    import torch
    from torch import nn

    class Fire(nn.Module):
        def __init__(self, inputs, squeeze, expand):
            super().__init__()
            self.squeeze1x1 = nn.Conv2d(inputs, squeeze, 1)
            self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
            self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

        def forward(self, x):
            x = torch.relu(self.squeeze1x1(x))
            return torch.cat([torch.relu(self.expand1x1(x)), torch.relu(self.expand3x3(x))], 1)

    class SqueezeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2),
                Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2),
                Fire(128, 32, 128), Fire(256, 32, 128), nn.MaxPool2d(3, 2),
                Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256))

        def forward(self, x):
            return self.features(x).mean((2, 3))

    network = SqueezeNet().eval()
    network.load_state_dict(weights(path))
    return network


def files(folder):
    return sorted(glob.glob(f"{folder}/*.jpg"))


def prepare(data):
    """From the bytes of a photo to 3 x 224 x 224: blue, green and red less their means."""
    import numpy as np
    import torch
    from PIL import Image
    photo = Image.open(io.BytesIO(data)).convert("RGB")
    if photo.size != (224, 224):
        photo = photo.resize((224, 224), Image.BOX)
    pixels = np.asarray(photo)[:, :, ::-1].astype(np.float32) - np.array(MEAN, np.float32)
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check(network, photos, reference):
    import h5py
    import numpy as np
    import torch
    with h5py.File(reference, "r") as file, torch.no_grad():
        dataset = next(iter(value for value in file.values() if value.ndim == 2 and value.dtype.kind == "f"))
        expected = dataset[:32]
        found = load(network)(torch.stack([prepare(read(path)) for path in files(photos)[:32]])).numpy()
    error = np.abs(found - expected).max() / np.abs(expected).max()
    if not error < 1e-3:
        sys.exit(f"photos_peer.py: PyTorch's features differ from the reference ones by {error:.1e} of the largest.")
    print(f"photos_peer.py: the same features to {error:.1e} of the largest", file=sys.stderr)


def median_time(step, seconds):
    for limit in (max(0.3, seconds / 3), seconds):
        times, start = [], time.perf_counter()
        while not times or time.perf_counter() - start < limit:
            before = time.perf_counter()
            step()
            times.append(time.perf_counter() - before)
    return statistics.median(times)


def speed(network, photos, threads, seconds, *batches):
    import torch
    torch.set_num_threads(int(threads))
    network = load(network)
    data = [read(path) for path in files(photos)[:32]]
    with torch.no_grad():
        ready = torch.stack([prepare(file) for file in data])
        for batch in map(int, batches):
            inputs = ready[:batch]
            alone = median_time(lambda: network(inputs), float(seconds))
            print(f"PyTorch alone batch {batch}\t{batch / alone:.2f}\tphotos/s")
            whole = median_time(
                lambda: network(torch.stack([prepare(file) for file in data[:batch]])), float(seconds))
            print(f"Pillow and PyTorch batch {batch}\t{batch / whole:.2f}\tphotos/s")


def large(photos, folder, count):
    from PIL import Image
    paths = files(photos)
    for i in range(int(count)):
        sheet = Image.new("RGB", (4 * 224, 3 * 224))
        for place in range(12):
            tile = Image.open(paths[(12 * i + place) % len(paths)]).convert("RGB").resize((224, 224))
            sheet.paste(tile, (place % 4 * 224, place // 4 * 224))
        sheet.resize((4000, 3000), Image.BICUBIC).save(f"{folder}/{i:02}.jpg", quality=(85, 90)[i % 2])


if __name__ == "__main__":
    {"check": check, "speed": speed, "large": large}[sys.argv[1]](*sys.argv[2:])
