#!/usr/bin/env python3
"""Writes photos of every kind, and beside each the pixels that Pillow reads: upright, RGB, on white (NAME.rgb).

    python3 tests/golden/photos.py

Needs Pillow and NumPy, and jpegtran for arithmetic.jpg. The tests read the files in tests/golden/photos; nothing else
needs this script.
"""
import os
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

W, H = 33, 25
y, x = np.mgrid[0:H, 0:W]
rgb = np.stack([x * 7, y * 9, (x + y) * 4], 2).astype(np.uint8)
rgb[5:12, 18:27] = [250, 10, 30]
image = Image.fromarray(rgb)
grey = image.convert("L")
alpha = Image.fromarray((x * 255 // (W - 1)).astype(np.uint8))


def flat(picture):
    """Upright, on white, RGB."""
    picture = ImageOps.exif_transpose(picture)
    if "A" in picture.mode or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def expect(name, picture=None):
    open(name + ".rgb", "wb").write(flat(picture or Image.open(name)).tobytes())


def write(name, data):
    open(name, "wb").write(data)
    expect(name)


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def profile(space):
    """A color profile, without its date."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes())
    data[24:36] = bytes(12)
    return bytes(data)


# --- JPEG

def jpeg(name, picture=image, **options):
    picture.save(name, "JPEG", **({"quality": 92} | options))
    expect(name)
    return open(name, "rb").read()


def oriented(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def scaled(name):
    """What a decoder gives that leaves coefficients out: a half, a quarter, an eighth of the size."""
    for factor in (2, 4, 8):
        picture = Image.open(name)
        picture.draft("RGB", (W // factor, H // factor))
        assert picture.size == (-(-W // factor), -(-H // factor))
        open(f"{name}.{factor}.rgb", "wb").write(picture.tobytes())


def mosaic():
    """Blocks of one grey each, with a restart marker after every third: DC coefficients alone."""
    across, down = 5, 4
    lengths = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]  # of the codes of the categories 0 to 11
    header = b"\xFF\xD8" + segment(0xDB, b"\0" + bytes([8]) * 64)
    header += segment(0xC0, struct.pack(">BHHB", 8, 8 * down - 3, 8 * across - 1, 1) + bytes([1, 0x11, 0]))
    header += segment(0xC4, bytes([0] + lengths) + bytes(range(12))) + segment(0xC4, bytes([0x10, 1] + [0] * 16))
    header += segment(0xDD, struct.pack(">H", 3)) + segment(0xDA, bytes([1, 1, 0, 0, 63, 0]))
    codes, code = [], 0
    for length, count in enumerate(lengths, 1):
        codes += [format(code + i, f"0{length}b") for i in range(count)]
        code = (code + count) << 1
    data, bits, last = b"", "", 0
    for block in range(across * down):
        value = (block * 37) % 200 - 100
        difference, last = value - last, value
        category = abs(difference).bit_length()
        bits += codes[category]
        if category:
            bits += format(difference if difference > 0 else difference + (1 << category) - 1, f"0{category}b")
        bits += "0"
        if block % 3 == 2 or block == across * down - 1:
            bits += "1" * (-len(bits) % 8)
            part = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xFF", b"\xFF\0")
            data += part + (bytes([0xFF, 0xD0 + block // 3 % 8]) if block < across * down - 1 else b"")
            bits, last = "", 0
    return header + data + b"\xFF\xD9"


def jpegs():
    jpeg("baseline.jpg")
    jpeg("progressive.jpg", progressive=True)
    scaled("baseline.jpg")
    scaled("progressive.jpg")
    jpeg("coarse.jpg", quality=20)
    jpeg("half.jpg", subsampling=1)
    full = jpeg("full.jpg", subsampling=0)
    jpeg("optimized.jpg", optimize=True)
    jpeg("grey.jpg", grey)
    jpeg("grey-progressive.jpg", grey, progressive=True)
    jpeg("one.jpg", image.crop((20, 6, 21, 7)))
    jpeg("row.jpg", image.crop((0, 3, 19, 4)))
    jpeg("odd.jpg", image.crop((2, 1, 11, 18)))
    write("restart.jpg", mosaic())
    jpeg("profile.jpg", icc_profile=profile("LAB"))

    # What Adobe's marker says: bare inks, inks as YCCK, colors as they are.
    cmyk = jpeg("cmyk.jpg", image.convert("CMYK"))
    adobe = cmyk.index(b"\xFF\xEE")
    length = 2 + struct.unpack(">H", cmyk[adobe + 2:adobe + 4])[0]
    marker = bytearray(cmyk[adobe:adobe + length])
    write("cmyk-bare.jpg", cmyk[:adobe] + cmyk[adobe + length:])
    marker[-1] = 2
    write("ycck.jpg", cmyk[:adobe] + marker + cmyk[adobe + length:])
    marker[-1] = 0
    write("unconverted.jpg", full[:2] + marker + full[20:])
    for orientation in range(1, 9):
        jpeg(f"orientation{orientation}.jpg", exif=oriented(orientation))
    for name, options in {"arithmetic.jpg": [], "arithmetic-progressive.jpg": ["-progressive"]}.items():
        write(name, subprocess.check_output(["jpegtran", "-arithmetic", *options, "baseline.jpg"]))


# --- PNG

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(array, interlaced):
    """Rows without filters; in the order of Adam7's passes."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    for left, top, right, down in passes if interlaced else [(0, 0, 1, 1)]:
        for row in array[top::down, left::right]:
            if len(row):
                yield b"\0" + row.astype(array.dtype.newbyteorder(">")).tobytes()


def encode(array, kind, interlaced=False, before=b""):
    """Any array H x W x C of uint8 or uint16."""
    header = struct.pack(
        ">IIBBBBB", array.shape[1], array.shape[0], array.dtype.itemsize * 8, kind, 0, 0, int(interlaced))
    data = zlib.compress(b"".join(rows(array, interlaced)), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def png(name, picture, **options):
    picture.save(name, "PNG", optimize=True, **options)
    expect(name)


def deep(name, array, kind):
    """16 bits: the upper 8 are expected, which Pillow takes of RGB and RGBA."""
    upper = (array >> 8).astype(np.uint8)
    picture = Image.fromarray(upper[..., 0] if upper.shape[2] == 1 else upper)
    for interlaced in (False, True):
        path = name + ("-interlaced.png" if interlaced else ".png")
        open(path, "wb").write(encode(array, kind, interlaced))
        expect(path, picture)


def pngs():
    png("rgb.png", image)
    png("grey.png", grey)
    png("bilevel.png", image.convert("1"))
    png("palette.png", image.quantize(40))
    png("palette4.png", image.quantize(9), bits=4)
    png("palette2.png", image.quantize(4), bits=2)
    png("palette-transparent.png", image.quantize(40), transparency=7)
    png("one.png", image.crop((20, 6, 21, 7)))
    png("transparent-color.png", image, transparency=(250, 10, 30))
    png("transparent-grey.png", grey, transparency=100)
    rgba = image.copy()
    rgba.putalpha(alpha)
    png("alpha.png", rgba)
    la = grey.copy()
    la.putalpha(alpha)
    png("grey-alpha.png", la)
    write("interlaced.png", encode(rgb, 2, True))
    write("alpha-interlaced.png", encode(np.asarray(rgba), 6, True))

    noise = np.random.default_rng(1).integers(0, 257, (H, W, 4))
    colors = (np.dstack([rgb, np.asarray(alpha)]).astype(int) * 256 + noise).clip(0, 65535).astype(np.uint16)
    deep("deep", colors[..., :3], 2)
    deep("deep-grey", colors[..., :1], 0)
    deep("deep-alpha", colors, 6)

    # What tells of light changes nothing, as in Pillow.
    chrm = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
    for name, before in {
        "gamma10": chunk(b"gAMA", struct.pack(">I", 100000)),
        "gamma18": chunk(b"gAMA", struct.pack(">I", 55556)),
        "gamma22": chunk(b"gAMA", struct.pack(">I", 45455)),
        "gamma-primaries": chunk(b"gAMA", struct.pack(">I", 45455)) + chrm,
        "primaries": chrm,
        "srgb": chunk(b"sRGB", b"\0"),
    }.items():
        write(name + ".png", encode(rgb, 2, before=before))
    png("profile.png", image, icc_profile=profile("XYZ"))
    png("orientation6.png", image, exif=oriented(6))
    end = encode(rgb, 2)
    write("orientation8-end.png", end[:-12] + chunk(b"eXIf", oriented(8).tobytes()[6:]) + end[-12:])
    png("frames.png", image, save_all=True, append_images=[image.transpose(Image.FLIP_LEFT_RIGHT)])


# --- WebP and GIF

def animations():
    other = image.transpose(Image.FLIP_TOP_BOTTOM)
    rgba = image.copy()
    rgba.putalpha(alpha)
    for name, picture, options in [
        ("lossy.webp", image, {"quality": 85}),
        ("lossless.webp", image, {"lossless": True}),
        ("alpha.webp", rgba, {"quality": 85}),
        ("alpha-lossless.webp", rgba, {"lossless": True}),
        ("orientation6.webp", image, {"quality": 85, "exif": oriented(6)}),
        ("profile.webp", image, {"quality": 85, "icc_profile": profile("sRGB")}),
        ("frames.webp", image, {"quality": 85, "save_all": True, "append_images": [other]}),
        ("palette.gif", image.quantize(40), {}),
        ("grey.gif", grey, {"interlace": 0}),
        ("bilevel.gif", image.convert("1"), {}),
        ("transparent.gif", image.quantize(40), {"transparency": 7}),
        ("frames.gif", image.quantize(40), {"save_all": True, "append_images": [other.quantize(40)], "comment": "x"}),
    ]:
        picture.save(name, **options)
        expect(name)


# --- BMP

def bmp(name, bits, rows, colors=b"", compression=0, masks=(), header=40, height=H):
    """Rows from the lowest to the uppermost, unless the height is negative."""
    data = rows if isinstance(rows, bytes) else b"".join(row + bytes(-len(row) % 4) for row in rows)
    dib = struct.pack("<IiiHHIIiiII", header, W, height, 1, bits, compression, len(data), 0, 0, len(colors) // 4, 0)
    dib += struct.pack(f"<{len(masks)}I", *masks)
    dib = dib.ljust(header, b"\0")
    offset = 14 + len(dib) + len(colors)
    write(name, b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + dib + colors + data)


def runs(indices, bits):
    """Rows of runs of one color."""
    data = b""
    for row in indices[::-1]:
        for value in row:
            data += bytes([1, int(value) << (8 - bits)])
        data += b"\0\0"
    return data + b"\0\1"


def bmps():
    for name, picture in {"rgb": image, "grey": grey, "bilevel": image.convert("1")}.items():
        picture.save(name + ".bmp")
        expect(name + ".bmp")
    few = image.quantize(16)
    palette = few.getpalette()[:48]
    colors = b"".join(bytes([*palette[i:i + 3][::-1], 0]) for i in range(0, 48, 3))
    indices = np.asarray(few)
    even = np.pad(indices, ((0, 0), (0, W % 2)))
    bmp("palette4.bmp", 4, [(row[::2] << 4 | row[1::2]).tobytes() for row in even[::-1]], colors)
    bmp("runs4.bmp", 4, runs(indices, 4), colors, compression=2)
    bmp("runs8.bmp", 8, runs(indices, 8), colors, compression=1)
    bmp("down.bmp", 24, [row.tobytes() for row in rgb[..., ::-1]], height=-H)
    bgra = np.dstack([rgb[..., ::-1], np.asarray(alpha)])[::-1]
    bmp("padded.bmp", 32, bgra.tobytes())
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    bmp("alpha4.bmp", 32, bgra.tobytes(), compression=3, masks=masks, header=108)
    bmp("alpha5.bmp", 32, bgra.tobytes(), compression=3, masks=masks, header=124)
    rows24 = b"".join(row.tobytes() + bytes(-3 * W % 4) for row in rgb[::-1, :, ::-1])
    write("os2.bmp", b"BM" + struct.pack("<IHHIIHHHH", 26 + len(rows24), 0, 0, 26, 12, W, H, 1, 24) + rows24)


def resized():
    for name, size, kind in [("box", (11, 25), Image.BOX), ("box5", (3, 5), Image.BOX),
                             ("bilinear", (50, 38), Image.BILINEAR)]:
        open(f"resized-{name}.rgb", "wb").write(image.resize(size, kind).tobytes())


if __name__ == "__main__":
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "photos")
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    jpegs()
    pngs()
    animations()
    bmps()
    resized()
