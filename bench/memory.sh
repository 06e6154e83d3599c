#!/usr/bin/env bash
# Peak memory of training on features of the exercises' true size: 82,783 photos with 4,096 features each (1.36 GB), in
# the CS231n layout, written by h5py. Features are read by rows, so that the peak must stay far below the file's size.
#
#     bench/memory.sh [FOLDER]
#
# FOLDER takes the dataset (2 GB; by default a temporary one, removed afterwards). Needs python3-h5py and GNU time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-}
if [[ -z $folder ]]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi

if [[ ! -e $folder/coco2014_vocab.json ]]; then
    /usr/bin/python3 - "$folder" <<'EOF'
import json, os, sys
import h5py, numpy as np

folder, rng = sys.argv[1], np.random.default_rng(231)
os.makedirs(folder, exist_ok=True)
words = ["<NULL>", "<START>", "<END>", "<UNK>"] + [f"word{i}" for i in range(1000)]
with h5py.File(f"{folder}/coco2014_captions.h5", "w") as file:
    for split, captions, images in (("train", 400135, 82783), ("val", 195954, 40504)):
        lengths = rng.integers(8, 15, captions)
        ids = np.zeros((captions, 17), np.int32)
        ids[:, 0] = 1
        for t in range(1, 16):
            ids[:, t] = np.where(t <= lengths, rng.integers(4, 1004, captions), np.where(t == lengths + 1, 2, 0))
        file[f"{split}_captions"] = ids
        file[f"{split}_image_idxs"] = rng.integers(0, images, captions).astype(np.int32)
for split, images in (("train", 82783), ("val", 40504)):
    with h5py.File(f"{folder}/{split}2014_vgg16_fc7.h5", "w") as file:
        features = file.create_dataset("features", (images, 4096), np.float32)
        for start in range(0, features.shape[0], 4096):
            rows = min(4096, features.shape[0] - start)
            features[start:start + rows] = rng.standard_normal((rows, 4096), dtype=np.float32)
with open(f"{folder}/coco2014_vocab.json", "w") as file:
    json.dump({"idx_to_word": words, "word_to_idx": {word: i for i, word in enumerate(words)}}, file)
EOF
fi

dotnet build -c Release src/ShowTell.Cli -v quiet >/dev/null
ls -l "$folder"/train2014_vgg16_fc7.h5 | awk '{ printf "features: %.2f GB\n", $5 / 1e9 }'
/usr/bin/time -f 'peak memory: %M kB, %e s' dotnet src/ShowTell.Cli/bin/Release/net10.0/showtell.dll \
    train "$folder" --out "$folder/model.safetensors" --max-train 20000 --epochs 1 --batch 128 --print-every 50
