using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Data;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.ModelFiles;

public sealed class ModelBundleTests
{
    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void Saved_models_load_bit_for_bit(CellKind cell)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("new/folder/model.safetensors");
        ModelBundle saved = SmallModel.Bundle(cell);
        saved.Model.Parameters.WProj[0, 0] = -0f;
        saved.Model.Parameters.WProj[0, 1] = float.Epsilon;
        saved.Model.Parameters.WProj[0, 2] = float.MaxValue;
        saved.Save(path);
        ModelBundle loaded = ModelBundle.Load(path);
        Assert.Equal(saved.Model.Options, loaded.Model.Options);
        Assert.Equal(saved.Vocabulary.Tokens, loaded.Vocabulary.Tokens);
        Assert.Equal(saved.Vocabulary.Kind, loaded.Vocabulary.Kind);
        Assert.Equal(saved.Features, loaded.Features);
        Assert.Equal(saved.Training, loaded.Training);
        Assert.Equal(Bits(saved), Bits(loaded));

        byte[] bytes = File.ReadAllBytes(path);
        loaded.Save(path);
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_not_finite_are_not_saved(float weight)
    {
        using TemporaryFolder folder = TestData.Temporary();
        ModelBundle bundle = SmallModel.Bundle();
        bundle.Model.Parameters.WProj[1, 0] = weight;
        Assert.Equal(
            $"{folder.File("m")}: not written: the weights contain NaN or infinity.",
            Assert.Throws<ModelFileException>(() => bundle.Save(folder.File("m"))).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_character_vocabulary_survives_saving()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Vocabulary characters = Vocabulary.OfCharacters(["naïve 犬 \"𝄞\" \\ <UNK>"]);
        ModelBundle saved = SmallModel.Bundle() with
        {
            Model = SmallModel.Normal<float>(SmallModel.Options(CellKind.Rnn, d: 2, v: characters.Count)),
            Vocabulary = characters,
        };
        saved.Save(folder.File("m"));
        Vocabulary loaded = ModelBundle.Load(folder.File("m")).Vocabulary;
        Assert.Equal(characters.Fingerprint, loaded.Fingerprint);
        Assert.Equal(TokenKind.Character, loaded.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pipeline_references_and_backbone_are_saved_with_the_model(bool hasComponents)
    {
        using TemporaryFolder folder = TestData.Temporary();
        PhotoPipeline recipe = PhotoPipelineTests.Example with
        {
            Transform = new FeatureTransform(
                [1, 2], [3, 4], hasComponents ? Matrix.FromRows<float>([1, 0], [0, 1]) : null),
        };
        ModelBundle saved = SmallModel.Bundle() with
        {
            Features = FeaturesSpec.Of(recipe, 2),
            Reference = new ReferenceFeatures(["a.jpg", "\"b\".jpg"], Matrix.FromRows<float>([1, 2], [3, 4])),
            BackboneBytes = new byte[] { 1, 2, 3, 4, 5 },
        };
        saved.Save(folder.File("m"));
        ModelBundle loaded = ModelBundle.Load(folder.File("m"));
        Assert.Equal(recipe, loaded.Features.Photos);
        Assert.Equal(saved.Features, loaded.Features);
        Assert.Equal(saved.Reference.Images, loaded.Reference!.Images);
        Assert.Equal(saved.Reference.Features.Span.ToArray(), loaded.Reference.Features.Span.ToArray());
        Assert.Equal(saved.BackboneBytes.ToArray(), loaded.BackboneBytes.ToArray());
        Assert.Equal(Bits(saved), Bits(loaded));
    }

    [Fact]
    public void A_modified_pipeline_is_rejected()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ModelBundle saved = SmallModel.Bundle() with
        {
            Features = FeaturesSpec.Of(PhotoPipelineTests.Example, 2) with
            {
                Photos = PhotoPipelineTests.Example with { Output = "fc7" },
            },
        };
        saved.Save(folder.File("m"));
        Assert.Contains(
            "fingerprint", Assert.Throws<ModelFileException>(() => ModelBundle.Load(folder.File("m"))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>An independent reader, written from the published format.</summary>
    [Fact]
    public void The_file_follows_the_published_format()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ModelBundle saved = SmallModel.Bundle();
        saved.Save(folder.File("m.safetensors"));
        byte[] file = File.ReadAllBytes(folder.File("m.safetensors"));
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        Assert.Equal((0, (byte)'{'), (length % 8, file[8]));
        using JsonDocument header = JsonDocument.Parse(
            file.AsMemory(8, length), new JsonDocumentOptions { AllowDuplicateProperties = false });
        JsonElement metadata = header.RootElement.GetProperty("__metadata__");
        Assert.All(metadata.EnumerateObject(), entry => Assert.Equal(JsonValueKind.String, entry.Value.ValueKind));
        Assert.Equal("showtell", metadata.GetProperty("format").GetString());
        Assert.Contains("\"cat\"", metadata.GetProperty("vocabulary").GetString(), StringComparison.Ordinal);

        (string Name, long[] Offsets)[] tensors =
        [
            .. header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__")
                .Select(entry => (entry.Name, entry.Value.GetProperty("data_offsets").Deserialize<long[]>()!))
                .OrderBy(entry => entry.Item2[0]),
        ];
        long position = 0;
        foreach ((string name, long[] offsets) in tensors)
        {
            Assert.Equal(position, offsets[0]);
            position = offsets[1];
            JsonElement entry = header.RootElement.GetProperty(name);
            if (name == SafeTensors.Checksums)
            {
                Assert.Equal("U32", entry.GetProperty("dtype").GetString());
                continue;
            }

            Matrix<float> value = saved.Model.Parameters[name];
            Assert.Equal(
                ["data_offsets", "dtype", "shape"], entry.EnumerateObject().Select(member => member.Name).Order());
            Assert.Equal("F32", entry.GetProperty("dtype").GetString());
            Assert.Equal(
                saved.Model.Parameters.All.Single(parameter => parameter.Name == name).IsVector
                    ? [value.Columns]
                    : [value.Rows, value.Columns],
                entry.GetProperty("shape").Deserialize<int[]>()!);
            Assert.Equal(
                MemoryMarshal.AsBytes(value.Span).ToArray(),
                file[(int)(8 + length + offsets[0])..(int)(8 + length + offsets[1])]);
        }

        Assert.Equal(file.Length, 8 + length + position);
        Assert.Equal(saved.Model.Parameters.All.Count + 1, tensors.Length);
        Assert.Equal(SafeTensors.Checksums, tensors[^1].Name);
    }

    [Fact]
    public void Python_reads_the_file_by_the_published_format()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ModelBundle saved = SmallModel.Bundle();
        saved.Save(folder.File("m.safetensors"));
        string seen = TestData.RunPython(["numpy"], """
            import json, struct, sys
            import numpy as np
            data = open(sys.argv[1], 'rb').read()
            length, = struct.unpack('<Q', data[:8])
            text = data[8:8 + length].decode('utf-8')
            assert text.startswith('{') and length % 8 == 0 and length < 100_000_000
            def unique(pairs):
                assert len(pairs) == len({key for key, _ in pairs}), 'duplicate key'
                return dict(pairs)
            header = json.loads(text, object_pairs_hook=unique)
            metadata = header.pop('__metadata__')
            assert all(isinstance(value, str) for value in metadata.values())
            body, position = data[8 + length:], 0
            def crc32c(data):
                crc = 0xFFFFFFFF
                for byte in data:
                    crc ^= byte
                    for _ in range(8):
                        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
                return crc ^ 0xFFFFFFFF
            sums = [crc32c(data[:8 + length])]
            for name, entry in sorted(header.items(), key=lambda item: item[1]['data_offsets']):
                begin, end = entry['data_offsets']
                assert begin == position and sorted(entry) == ['data_offsets', 'dtype', 'shape']
                position = end
                if name == 'checksums':
                    assert entry['dtype'] == 'U32' and entry['shape'] == [len(sums)]
                    assert np.frombuffer(body[begin:end], '<u4').tolist() == sums
                    continue
                assert entry['dtype'] == 'F32'
                sums.append(crc32c(body[begin:end]))
                values = np.frombuffer(body[begin:end], '<f4').reshape(entry['shape'])
                print(name, list(values.shape), values.tobytes().hex())
            assert position == len(body)
            hidden_size = json.loads(metadata['options'])['hiddenSize']
            print(json.loads(metadata['vocabulary'])[4:], metadata['tokens'], hidden_size)
            print(json.loads(metadata['training'])['dataset'], metadata['format'])
            """, folder.File("m.safetensors"));
        IEnumerable<string> tensors = saved.Model.Parameters.All.Select(parameter =>
        {
            string shape = parameter.IsVector
                ? $"[{parameter.Value.Columns}]"
                : $"[{parameter.Value.Rows}, {parameter.Value.Columns}]";
            byte[] bytes = [.. parameter.Value.Span.ToArray().SelectMany(BitConverter.GetBytes)];
            return $"{parameter.Name} {shape} {Convert.ToHexStringLower(bytes)}";
        });
        Assert.Equal(
            [.. tensors, "['a', 'cat', 'dog', 'runs'] word 4", "small \"données\" showtell"],
            seen.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Concurrent readers see the old or the new file, never a part.</summary>
    [Fact]
    public async Task Files_are_replaced_atomically()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("model.safetensors");
        ModelBundle[] bundles = [SmallModel.Bundle(CellKind.Lstm, 1), SmallModel.Bundle(CellKind.Rnn, 2)];
        int[][] expected = [.. bundles.Select(Bits)];
        bundles[0].Save(path);
        Task writing = Task.Run(
            () =>
            {
                for (int i = 0; i < 60; i++)
                {
                    bundles[i % 2].Save(path);
                }
            },
            TestContext.Current.CancellationToken);
        do
        {
            int[] seen = Bits(ModelBundle.Load(path));
            Assert.Contains(expected, seen.SequenceEqual);
        }
        while (!writing.IsCompleted);
        await writing;
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_failed_save_keeps_the_old_file()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("model.safetensors");
        ModelBundle good = SmallModel.Bundle();
        good.Save(path);
        byte[] before = File.ReadAllBytes(path);
        ModelBundle bad = good with { Training = good.Training with { ValidationLoss = double.NaN } };
        Assert.ThrowsAny<Exception>(() => bad.Save(path));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Throws<ShowTellException>(() => good.Save(folder.Path));
        Assert.Throws<ShowTellException>(() => good.Save(Path.Combine(path, "below a file")));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Only_datasets_with_the_same_features_and_vocabulary_are_compatible()
    {
        ModelBundle bundle = SmallModel.Bundle();
        using CaptionDataset dataset = Dataset("made", SmallDataset.Features(), SmallDataset.Vocabulary);
        bundle.EnsureCompatible(dataset);
        // Characters of the same words.
        (bundle with { Vocabulary = Vocabulary.OfCharacters(["abc"]) }).EnsureCompatible(dataset);

        AssertRejected(
            "here has 3 (made)",
            Dataset("made", new(new Matrix<float>(3, 3)), SmallDataset.Vocabulary));
        AssertRejected(
            "expected made, found other in here", Dataset("other", SmallDataset.Features(), SmallDataset.Vocabulary));
        var words = new Vocabulary([.. SmallDataset.Vocabulary.Tokens.SkipLast(1), "runs "]);
        AssertRejected(
            $"found {words.Fingerprint[..12]} (8 words) in here", Dataset("made", SmallDataset.Features(), words));

        void AssertRejected(string part, CaptionDataset other) =>
            Assert.Contains(part, Assert.Throws<IncompatibleException>(() => bundle.EnsureCompatible(other)).Message);
    }

    private static CaptionDataset Dataset(string kind, MemoryFeatures features, Vocabulary vocabulary)
    {
        CaptionSplit split = SmallDataset.Split(features);
        return new("here", vocabulary, split, split) { FeatureKind = kind };
    }

    private static int[] Bits(ModelBundle bundle) =>
        [.. bundle.Model.Parameters.All.SelectMany(
            parameter => parameter.Value.Span.ToArray()).Select(BitConverter.SingleToInt32Bits)];
}
