namespace ShowTell.Tests.Vision;

/// <summary>Photos of every kind, made by Pillow once for all tests; beside each, the pixels that Pillow reads.</summary>
internal static class PhotoFiles
{
    private static readonly Lazy<Dictionary<string, byte[]>> s_files = new(Make);

    public static byte[] Bytes(string name) => s_files.Value[name];

    /// <summary>The pixels as Pillow reads them: upright, RGB, on white.</summary>
    public static byte[] Pixels(string name) => s_files.Value[name + ".rgb"];

    private static Dictionary<string, byte[]> Make()
    {
        using TemporaryFolder folder = TestData.Temporary();
        TestData.RunPython(["PIL", "numpy"], Script, folder.Path);
        return Directory.GetFiles(folder.Path).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
    }

    private const string Script = """
        import io, os, struct, sys, zlib
        import numpy as np
        from PIL import Image, ImageOps
        os.chdir(sys.argv[1])
        W, H = 75, 53
        y, x = np.mgrid[0:H, 0:W]
        rgb = np.stack([x * 3, y * 4, (x + y) * 2], 2).astype(np.uint8)
        rgb[10:25, 40:60] = [250, 10, 30]
        image = Image.fromarray(rgb)
        grey = image.convert("L")

        def expect(name, picture=None):
            picture = picture or Image.open(name)
            picture = ImageOps.exif_transpose(picture)
            if "A" in picture.mode or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture)
            open(name + ".rgb", "wb").write(picture.convert("RGB").tobytes())

        def jpeg(name, picture=image, **options):
            picture.save(name, "JPEG", quality=92, **options)
            expect(name)

        jpeg("baseline.jpg")
        jpeg("progressive.jpg", progressive=True)
        jpeg("grey.jpg", grey)
        jpeg("full.jpg", subsampling=0)
        jpeg("half.jpg", subsampling=1)
        jpeg("restart.jpg", subsampling=2, optimize=True)
        jpeg("cmyk.jpg", image.convert("CMYK"))
        # The same bytes, said to be YCCK by Adobe's marker: one bit away.
        data = bytearray(open("cmyk.jpg", "rb").read())
        data[data.index(b"Adobe") + 11] = 2
        open("ycck.jpg", "wb").write(data)
        expect("ycck.jpg")
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            jpeg(f"orientation{orientation}.jpg", exif=exif)
        image.resize((1500, 1060), Image.BICUBIC).save("large.jpg", quality=90)
        expect("large.jpg", image)

        def png(name, picture, **options):
            picture.save(name, "PNG", **options)
            expect(name)

        png("rgb.png", image)
        png("grey.png", grey)
        png("bilevel.png", image.convert("1"))
        png("palette.png", image.quantize(40))
        png("palette-transparent.png", image.quantize(40), transparency=7)
        alpha = Image.fromarray((x * 255 // (W - 1)).astype(np.uint8))
        rgba = image.copy()
        rgba.putalpha(alpha)
        png("alpha.png", rgba)
        la = grey.copy()
        la.putalpha(alpha)
        png("grey-alpha.png", la)

        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        def write(name, array, kind, interlaced):
            # Any array H x W x C of uint8 or uint16, unfiltered, with or without Adam7.
            bits = array.dtype.itemsize * 8
            passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            rows = b""
            for left, top, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
                for row in array[top::dy, left::dx]:
                    if len(row):
                        rows += b"\0" + row.astype(array.dtype.newbyteorder(">")).tobytes()
            header = struct.pack(">IIBBBBB", W, H, bits, kind, 0, 0, int(interlaced))
            open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
                                   + chunk(b"IEND", b""))

        write("interlaced.png", rgb, 2, True)
        expect("interlaced.png", image)
        deep = (rgb.astype(np.uint16) * 257)
        deep_alpha = np.concatenate([deep, np.asarray(alpha)[..., None].astype(np.uint16) * 257], 2)
        for interlaced in (False, True):
            end = "-interlaced.png" if interlaced else ".png"
            write("deep" + end, deep, 2, interlaced)
            expect("deep" + end, image)
            write("deep-grey" + end, np.asarray(grey)[..., None].astype(np.uint16) * 257, 0, interlaced)
            expect("deep-grey" + end, grey)
            write("deep-alpha" + end, deep_alpha, 6, interlaced)
            expect("deep-alpha" + end, rgba)
        for name, size, kind in [("box", (25, 53), Image.BOX), ("box5", (15, 53), Image.BOX),
                                 ("bilinear", (200, 131), Image.BILINEAR)]:
            open("resized-" + name, "wb").write(image.resize(size, kind).tobytes())
        """;
}
