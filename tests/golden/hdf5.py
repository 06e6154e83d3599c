"""Writes the HDF5 files of the tests of ShowTell.Hdf5 into tests/golden/hdf5, with h5py and
PyTables: python3 tests/golden/hdf5.py"""
import os
import struct
import zlib

import h5py
import numpy as np
import tables

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hdf5")
NAMES = ["a.jpg", "", "Größe 写真.jpg", "x" * 300]
# Element i of every matrix is i - 7, in 5 rows of 4.
VALUES = np.arange(20).reshape(5, 4) - 7
TYPES = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def path(name):
    return os.path.join(FOLDER, name + ".h5")


def create(name, **options):
    return h5py.File(path(name), "w", **options)


def values_of(kind):
    return (VALUES + 7 if kind[0] == "u" else VALUES)


def compact(file, name, data):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(data.shape)
    dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(data.dtype), space, properties)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def layouts(file, kinds):
    for kind in kinds:
        data = VALUES.astype(kind)
        name = kind.replace("<", "little_").replace(">", "big_")
        compact(file, name + "_compact", data)
        file.create_dataset(name + "_chunked", data=data, chunks=(2, 3))
        file.create_dataset(name + "_deflated", data=data, chunks=(2, 3), compression="gzip")
        file.create_dataset(name + "_shuffled", data=data, chunks=(2, 4), compression="gzip", shuffle=True, fletcher32=True)
        file.create_dataset(name + "_checked", data=data, chunks=(5, 2), fletcher32=True)


with create("types") as f:
    for order in "<>":
        for kind in TYPES:
            name = ("little_" if order == "<" else "big_") + kind
            f[name] = values_of(kind).astype(order + kind)

with create("layouts") as f:
    layouts(f, ["<f4", ">f2", "<i4"])
    f.create_dataset("cube", data=np.arange(5 * 3 * 4, dtype="<f2").reshape(5, 3, 4), chunks=(2, 2, 3), compression="gzip")
    f.create_dataset("cube_rows", data=np.arange(5 * 3 * 4, dtype="<f4").reshape(5, 3, 4), chunks=(2, 3, 4))

with create("latest", libver="latest") as f:
    layouts(f, ["<f4"])
    data = VALUES.astype("<f4")
    for name, chunks, maximum in [
        ("single", (5, 4), None), ("array", (2, 4), None), ("extensible", (2, 4), (None, 4)), ("tree", (2, 3), (None, None)),
    ]:
        f.create_dataset(name, data=data, chunks=chunks, maxshape=maximum)
        f.create_dataset(name + "_deflated", data=data, chunks=chunks, maxshape=maximum, compression="gzip")
    f.create_dataset("names", data=NAMES, dtype=h5py.string_dtype())
    f["contiguous"] = data

for size in (512, 1024, 2048, 4096):
    with create(f"userblock_{size}", userblock_size=size) as f:
        f["features"] = VALUES.astype("<f4")
        f.create_dataset("deflated", data=VALUES.astype("<f4"), chunks=(2, 4), compression="gzip")
        f.create_dataset("names", data=NAMES, dtype=h5py.string_dtype())

with create("strings") as f:
    padded = np.array([b"a.jpg", b"", b"b  "], "S6")
    f.create_dataset("contiguous", data=NAMES, dtype=h5py.string_dtype())
    f.create_dataset("chunked", data=NAMES, dtype=h5py.string_dtype(), chunks=(3,), maxshape=(None,))
    f.create_dataset("deflated", data=NAMES, dtype=h5py.string_dtype(), chunks=(3,), compression="gzip", shuffle=True)
    f.create_dataset("ascii", data=["a", "bc"], dtype=h5py.string_dtype("ascii"))
    f.create_dataset("unwritten", (2,), dtype=h5py.string_dtype(), chunks=(2,))
    f["scalar"] = "hello"
    f["matrix"] = np.array([["a", "b"]], dtype=h5py.string_dtype())
    f["bytes"] = padded
    f["numbers"] = np.arange(3)
    f["empty"] = h5py.Empty("S3")
    f.create_dataset("utf8", data=np.array([n.encode() for n in NAMES[:3]], dtype=h5py.string_dtype("utf-8", 20)))
    f.create_dataset("latin", data=np.array([b"ok", b"\xe9t\xe9"]))
    for name, padding in ("terminated", h5py.h5t.STR_NULLTERM), ("spaces", h5py.h5t.STR_SPACEPAD):
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(6)
        kind.set_strpad(padding)
        dataset = h5py.h5d.create(f.id, name.encode(), kind, h5py.h5s.create_simple((3,)))
        values = np.array([b"a.jpg", b"", b"b"], "S6")
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values, kind if name == "terminated" else None)
    f["changed"] = np.array(["first", "second"], dtype=h5py.string_dtype())
    for i in range(300):
        f["changed"][0] = "again %d" % i
    f.create_dataset("fixed_chunks", data=padded, chunks=(2,), compression="gzip")
    f.create_dataset("many", (5000000,), "S1", chunks=(1000000,), compression="gzip")[:] = np.zeros(5000000, "S1")
    f.create_dataset("wide", (3,), "S60000000", chunks=(1,))

with create("filters") as f:
    data = VALUES.astype("<f4")
    i = np.arange(6000, dtype=np.int64)
    noise = (i[:600] * 7919 * 104729 % 1000003).astype("f4") / np.float32(1000003)
    f.create_dataset("lzf", data=data, chunks=(2, 3), compression="lzf")
    f.create_dataset("lzf_shuffled", data=data, chunks=(2, 3), compression="lzf", shuffle=True)
    f.create_dataset("lzf_checked", data=VALUES.astype("i8"), chunks=(5, 4), compression="lzf", fletcher32=True)
    f.create_dataset("lzf_runs", data=(i // 100 * i % 7).astype("f4"), chunks=(1500,), compression="lzf")
    f.create_dataset("lzf_noise", data=noise, chunks=(200,), compression="lzf")
    f.create_dataset("lzf_noise_shuffled", data=noise, chunks=(200,), compression="lzf", shuffle=True)
    for name, number in {"blosc": 32001, "bzip2": 307, "szip": 4, "other": 40000}.items():
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((5, 4))
        properties.set_deflate(4)
        space = h5py.h5s.create_simple((5, 4))
        h5py.h5d.create(f.id, name.encode(), h5py.h5t.IEEE_F32LE, space, properties).write_direct_chunk(
            (0, 0), zlib.compress(data.tobytes()), 0)
# Filters that h5py does not have are put in the place of deflate: number, length of the name, flags, number of values.
content = bytearray(open(path("filters"), "rb").read())
for name, number in {"blosc": 32001, "bzip2": 307, "szip": 4, "other": 40000}.items():
    at = content.index(struct.pack("<HHHH", 1, 8, 1, 1) + b"deflate\0")
    content[at:at + 2] = struct.pack("<H", number)
open(path("filters"), "wb").write(content)

# As MATLAB's save -v7.3 does.
with create("matlab", userblock_size=512) as f:
    for name, options in {"features": {}, "deflated": {"chunks": (3, 2), "compression": "gzip"}}.items():
        f.create_dataset(name, data=VALUES.T.astype("f8"), **options).attrs["MATLAB_class"] = np.bytes_("double")
    f["empty"] = np.array([0, 0], "u8")
    f["empty"].attrs["MATLAB_class"] = np.bytes_("double")
    f["empty"].attrs["MATLAB_empty"] = np.uint8(1)
    f["text"] = np.frombuffer("a.jpg".encode("utf-16-le"), "u2").reshape(-1, 1)
    f["text"].attrs["MATLAB_class"] = np.bytes_("char")
    f["cell"] = np.array([[f["text"].ref]], dtype=h5py.ref_dtype)
    f["cell"].attrs["MATLAB_class"] = np.bytes_("cell")
with open(path("matlab"), "r+b") as f:
    f.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 .".ljust(116))
    f.write(bytes(8) + b"\0\2IM")

with tables.open_file(path("pytables"), "w") as f:
    data = VALUES.astype("<f4")
    f.create_array("/", "features", data)
    f.create_carray("/", "zlib", obj=data, filters=tables.Filters(5, "zlib"))
    f.create_carray("/", "checked", obj=data, filters=tables.Filters(5, "zlib", fletcher32=True))
    f.create_group("/", "group")
    f.create_earray("/group", "extended", obj=data, filters=tables.Filters(1, "zlib"))
    f.create_array("/", "names", [b"a.jpg", b"b.jpg"])

# Datasets that are refused, and one that is fine.
with create("odd") as f:
    f["fine"] = VALUES.astype("<f4")
    f["half"] = np.array([1, 0.5], "f4")
    f["vector"] = np.zeros(3, "f4")
    f["scalar"] = np.float32(3)
    f["text"] = "hello"
    f["truth"] = np.array([True, False])
    f["pair"] = np.zeros(2, [("a", "f4"), ("b", "i4")])
    f["hypercube"] = np.zeros((2, 2, 2, 2), "f4")
    f["none"] = h5py.Empty("f4")
    f["no_rows"] = np.zeros((0, 5), "f4")
    f["no_columns"] = np.zeros((5, 0), "f4")
    f["wide"] = np.array([1, 2**40, 3])
    f["unsigned"] = np.array([2**64 - 1], "u8")
    f["u32"] = np.array([2**31], "u4")
    f.create_dataset("unwritten", (1000, 1000), "f4")
    f.create_dataset("terabytes", (2**31 - 1, 4096), "f4")
    f.create_dataset("chunked_terabytes", (2**31 - 1, 4096), "f4", chunks=(1, 4096), compression="gzip")
    f.create_dataset("overflow", (2**40, 2**40), "f4", chunks=(1, 4096))
    f.create_dataset("long", (2**33, 1), "i4", chunks=(2**16, 1))
    f.create_dataset("partial", (10, 4), "f4", chunks=(2, 4), compression="gzip")[0:2] = 1
    f.create_dataset("scaled", data=np.arange(100, dtype="i4"), chunks=(50,), scaleoffset=0)
    f.create_dataset("lzf", data=np.zeros((2, 3), "f4"), compression="lzf")
    layout = h5py.VirtualLayout((5, 4), "f4")
    layout[:] = h5py.VirtualSource("types.h5", "little_f4", (5, 4))
    f.create_virtual_dataset("virtual", layout)
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_external(b"/etc/passwd", 0, 24)
    h5py.h5d.create(f.id, b"external", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)), properties)
    # A chunk larger than what is decoded for a row.
    bomb = f.create_dataset("huge_chunk", (100000, 1000), "f4", chunks=(100000, 1000), compression="gzip")
    bomb.id.write_direct_chunk((0, 0), zlib.compress(bytes(1 << 22)), 0)
    # A chunk of 64 KiB that inflates to 32 MiB.
    lying = f.create_dataset("lying", (1024, 16), "f4", chunks=(1024, 16), compression="gzip")
    lying.id.write_direct_chunk((0, 0), zlib.compress(bytes(32 << 20), 9), 0)
    # A chunk that inflates to less than it should.
    short = f.create_dataset("short", (8, 4), "f4", chunks=(8, 4), compression="gzip")
    short.id.write_direct_chunk((0, 0), zlib.compress(bytes(100)), 0)

# Types, layouts and parameters that are rare or wrong.
with create("unusual") as f:
    def stored(name, kind, change, data=np.ones((2, 2))):
        kind = kind.copy()
        change(kind)
        dataset = h5py.h5d.create(f.id, name.encode(), kind, h5py.h5s.create_simple(data.shape))
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data)

    stored("int24", h5py.h5t.STD_I32LE, lambda kind: kind.set_size(3))
    stored("int12", h5py.h5t.STD_I16LE, lambda kind: kind.set_precision(12))
    stored("int16_higher", h5py.h5t.STD_I32LE, lambda kind: (kind.set_precision(16), kind.set_offset(16)))
    stored("int128", h5py.h5t.STD_I64LE, lambda kind: kind.set_size(16))
    stored("vax", h5py.h5t.IEEE_F32LE, lambda kind: kind.set_order(h5py.h5t.ORDER_VAX))
    stored("denormal", h5py.h5t.IEEE_F32LE, lambda kind: kind.set_norm(h5py.h5t.NORM_NONE))
    stored("sign_first", h5py.h5t.IEEE_F32LE, lambda kind: kind.set_fields(0, 24, 8, 1, 23))
    stored("biased", h5py.h5t.IEEE_F32LE, lambda kind: kind.set_ebias(126))
    for kind in ("i1", "u8", ">i8"):
        f.create_dataset(kind.replace(">", "big_"), data=values_of(kind).astype(kind), chunks=(2, 3), compression="gzip")
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    number = np.array(2.5, ">f4")
    dataset = h5py.h5d.create(f.id, b"big_scalar", h5py.h5t.IEEE_F32BE, h5py.h5s.create(h5py.h5s.SCALAR), properties)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, number)
    f.create_dataset("tall_chunks", (2, 4), "f4", chunks=(20000000, 1), maxshape=(None, 4))
    for name, data in ("matlab_cube", np.zeros((2, 2, 2))), ("matlab_big", np.zeros((2, 2), ">f8")):
        f[name] = data
        f[name].attrs["MATLAB_class"] = np.bytes_("double")
    short = f.create_dataset("lzf_short", (8, 4), "f4", chunks=(8, 4), compression="lzf")
    short.id.write_direct_chunk((0, 0), b"\x02abc", 0)
    f.create_dataset("shuffled", data=VALUES.astype("<f4"), chunks=(5, 4), compression="gzip", shuffle=True)
# Elements of no bytes are shuffled.
content = bytearray(open(path("unusual"), "rb").read())
at = content.index(struct.pack("<HHHH", 2, 8, 1, 1) + b"shuffle\0") + 16
content[at:at + 4] = bytes(4)
open(path("unusual"), "wb").write(content)

# Links of every kind: in circles; into other files; within the file.
for version in ("earliest", "latest"):
    with create(f"links_{version}", libver=version) as f:
        f["features"] = VALUES.astype("<f4")
        f["self"] = h5py.SoftLink("self")
        f["b"] = h5py.SoftLink("c")
        f["c"] = h5py.SoftLink("b")
    for name, target in ("away", "types.h5"), ("pipe", "pipe"):
        with create(f"{name}_{version}", libver=version) as f:
            f["features"] = VALUES.astype("<f4")
            f[name] = h5py.ExternalLink(target, "little_f4")
    with create(f"soft_{version}", libver=version) as f:
        f["features"] = VALUES.astype("<f4")
        f["group/inner/deep"] = VALUES.astype("<i4")
        for group in (f, f["group"], f["group/inner"]):
            group["alias"] = h5py.SoftLink("/features")
            group["nowhere"] = h5py.SoftLink("/nothing")
            group["root"] = f["/"]


def damaged(name, change):
    with create(name) as f:
        f["features"] = VALUES.astype("<f4")
        f.create_dataset("chunked", data=VALUES.astype("<f4"), chunks=(1, 4))
        for i in range(4):
            f["features"].attrs[f"attribute {i}"] = "x" * 100
    content = bytearray(open(path(name), "rb").read())
    change(content)
    open(path(name), "wb").write(content)


def continue_for_ever(content):
    """A header of which a part continues with itself."""
    message = content.index(struct.pack("<HH", 16, 16))
    struct.pack_into("<QQ", content, message + 8, message, 24)


def own_child(kind, keys):
    """A tree of which a node is its own child."""
    def change(content):
        at = content.index(b"TREE" + bytes([kind]))
        content[at + 5] = 1
        struct.pack_into("<Q", content, at + 24 + keys, at)
    return change


damaged("header_loop", continue_for_ever)
damaged("chunk_tree_loop", own_child(1, 4 + 4 + 3 * 8))
damaged("group_tree_loop", own_child(0, 8))

# What ShowTell writes, kept by Hdf5FormatTests.cs, is what h5py reads.
with h5py.File(path("written"), "r") as f:
    assert sorted(f) == ["blocks", "cube", "empty", "integers", "names", "no_names", "one", "vector"]
    integers = [-2**31, -1, 0, 1, 2, 2**31 - 1]
    for name, kind, data in [
        ("integers", "<i4", np.reshape(integers, (3, 2))),
        ("vector", "<i4", np.array(integers)),
        ("empty", "<f4", np.zeros((0, 5))),
        ("blocks", "<f4", np.arange(210).reshape(30, 7) / 2),
        ("cube", "<f2", np.arange(60).reshape(10, 2, 3) / 4),
    ]:
        assert f[name].dtype == np.dtype(kind) and f[name].chunks is None, name
        assert np.array_equal(f[name][()], data), name
    for name, strings in [
        ("names", ["a.jpg", "", "Größe 写真 🐈.jpg", "x" * 5000, "with space ", "a.jpg"]), ("no_names", []), ("one", ["single"]),
    ]:
        assert f[name].dtype == h5py.string_dtype() and f[name].shape == (len(strings),), name
        assert [value.decode() for value in f[name][()]] == strings, name
