using System.Security.Cryptography;
using Google.Protobuf;
using ShowTell.Files;

namespace ShowTell.Backbones;

/// <summary>
/// An ONNX file as it is to be written: without parts of its graph, and with the weights that lie in other files. It is
/// a list of parts of files, so that it takes little memory for any size.
/// </summary>
internal sealed class OnnxCopy
{
    /// <summary>The length at which ONNX's own format ends.</summary>
    public const long MaxLength = int.MaxValue;

    private const int RawDataField = 9;

    /// <summary>The messages that lead to tensors, by the message and the field that they are in.</summary>
    private static readonly Dictionary<(Kind, int), Kind> s_children = new()
    {
        [(Kind.Model, OnnxModel.GraphFieldNumber)] = Kind.Graph,
        [(Kind.Model, OnnxModel.FunctionsFieldNumber)] = Kind.Function,
        [(Kind.Function, OnnxFunction.NodeFieldNumber)] = Kind.Node,
        [(Kind.Graph, OnnxGraph.NodeFieldNumber)] = Kind.Node,
        [(Kind.Graph, OnnxGraph.InitializerFieldNumber)] = Kind.Tensor,
        [(Kind.Graph, OnnxGraph.SparseInitializerFieldNumber)] = Kind.SparseTensor,
        [(Kind.Node, OnnxNode.AttributeFieldNumber)] = Kind.Attribute,
        [(Kind.Attribute, OnnxAttribute.TFieldNumber)] = Kind.Tensor,
        [(Kind.Attribute, OnnxAttribute.GFieldNumber)] = Kind.Graph,
        [(Kind.Attribute, OnnxAttribute.TensorsFieldNumber)] = Kind.Tensor,
        [(Kind.Attribute, OnnxAttribute.GraphsFieldNumber)] = Kind.Graph,
        [(Kind.Attribute, OnnxAttribute.SparseTensorFieldNumber)] = Kind.SparseTensor,
        [(Kind.Attribute, OnnxAttribute.SparseTensorsFieldNumber)] = Kind.SparseTensor,
        [(Kind.SparseTensor, OnnxSparseTensor.ValuesFieldNumber)] = Kind.Tensor,
        [(Kind.SparseTensor, OnnxSparseTensor.IndicesFieldNumber)] = Kind.Tensor,
    };

    private readonly string _name;
    private readonly Stream _source;
    private readonly OnnxWeights? _weights;
    private readonly IReadOnlyDictionary<int, Queue<bool>> _kept;
    private readonly CodedInputStream _input;
    private readonly List<Piece> _pieces;

    /// <summary>Plans a copy.</summary>
    /// <param name="name">The file's name for error messages.</param>
    /// <param name="source">The file, seekable.</param>
    /// <param name="weights">Its weights in other files; null if there are none.</param>
    /// <param name="kept">For fields of the graph, whether each of their messages, in the order of the file, is kept;
    /// all other fields are.</param>
    /// <param name="more">What is added to the file.</param>
    /// <exception cref="ModelFileException">The file is damaged, or weights are missing.</exception>
    public OnnxCopy(
        string name, Stream source, OnnxWeights? weights, IReadOnlyDictionary<int, Queue<bool>> kept, OnnxModel more)
    {
        (_name, _source, _weights, _kept) = (name, source, weights, kept);
        source.Position = 0;
        _input = new CodedInputStream(source, leaveOpen: true);
        try
        {
            _pieces = Read(Kind.Model, long.MaxValue, isTop: true);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw Damaged(name, exception);
        }
        finally
        {
            _input.Dispose();
        }

        _pieces.Add(Piece.Of(more.ToByteArray()));
    }

    private enum Kind
    {
        Model,
        Graph,
        Function,
        Node,
        Attribute,
        SparseTensor,
        Tensor,
    }

    /// <summary>The length of the copy in bytes.</summary>
    public long Length => _pieces.Sum(piece => piece.Length);

    /// <summary>The message about a file that is no ONNX.</summary>
    public static ModelFileException Damaged(string name, InvalidProtocolBufferException exception) =>
        new($"{name}: not an ONNX file, or a damaged one ({exception.Message.TrimEnd('.')}).", exception);

    /// <summary>Writes the copy.</summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public void WriteTo(Stream target)
    {
        FileStream? file = null;
        try
        {
            foreach (Piece piece in _pieces)
            {
                if (piece.Bytes is not null)
                {
                    target.Write(piece.Bytes);
                    continue;
                }

                if (piece.File is not null && piece.File != file?.Name)
                {
                    file?.Dispose();
                    file = new FileStream(piece.File, FileMode.Open, FileAccess.Read, FileShare.Read);
                }

                StreamPart.Copy(piece.File is null ? _source : file!, piece.Start, piece.Length, target);
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>SHA-256 of the copy, 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public string Sha256()
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            WriteTo(stream);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    /// <summary>Reads a message up to its end.</summary>
    private List<Piece> Read(Kind kind, long end, bool isTop)
    {
        var pieces = new List<Piece>();
        long start = _input.Position;
        for (uint tag; start < end && (tag = _input.ReadTag()) != 0; start = _input.Position)
        {
            WireFormat.WireType type = WireFormat.GetTagWireType(tag);
            int field = WireFormat.GetTagFieldNumber(tag);
            bool isKept = kind != Kind.Graph || !isTop || !_kept.TryGetValue(field, out Queue<bool>? parts)
                || (parts.TryDequeue(out bool keep) && keep);
            bool isInside = kind == Kind.Model && field == OnnxModel.GraphFieldNumber;
            if (isKept && type == WireFormat.WireType.LengthDelimited && (isInside || _weights is not null)
                && s_children.TryGetValue((kind, field), out Kind child))
            {
                AddAll(pieces, child == Kind.Tensor ? Tensor(tag, start) : Message(tag, start, child, isInside));
                continue;
            }

            if (type == WireFormat.WireType.StartGroup)
            {
                throw new ModelFileException($"{_name}: a damaged ONNX file (a field of an unknown type).");
            }

            _input.SkipLastField();
            if (isKept)
            {
                AddAll(pieces, [new Piece(null, null, start, _input.Position - start)]);
            }
        }

        return pieces;
    }

    private List<Piece> Message(uint tag, long start, Kind kind, bool isTop)
    {
        int length = _input.ReadLength();
        long content = _input.Position;
        List<Piece> pieces = Read(kind, content + length, isTop);
        long copied = pieces.Sum(piece => piece.Length);
        Piece head = copied == length ? new Piece(null, null, start, content - start) : Head(tag, copied);
        return [head, .. pieces];
    }

    /// <summary>A tensor, with its elements if they are in another file.</summary>
    private List<Piece> Tensor(uint tag, long start)
    {
        var tensor = new OnnxTensor();
        _input.ReadMessage(tensor);
        if (!OnnxWeights.AreOutside(tensor))
        {
            return [new Piece(null, null, start, _input.Position - start)];
        }

        (string file, long offset, long length) = _weights!.Find(tensor);
        tensor.ExternalData.Clear();
        tensor.DataLocation = 0;
        Piece fields = Piece.Of(tensor.ToByteArray());
        Piece data = Head(WireFormat.MakeTag(RawDataField, WireFormat.WireType.LengthDelimited), length);
        return [Head(tag, fields.Length + data.Length + length), fields, data, new Piece(file, null, offset, length)];
    }

    private static Piece Head(uint tag, long length)
    {
        using var bytes = new MemoryStream();
        using (var head = new CodedOutputStream(bytes))
        {
            head.WriteTag(tag);
            head.WriteUInt64((ulong)length);
        }

        return Piece.Of(bytes.ToArray());
    }

    /// <summary>Adds pieces; those that adjoin in the same file become one.</summary>
    private static void AddAll(List<Piece> pieces, List<Piece> more)
    {
        foreach (Piece piece in more)
        {
            if (pieces.Count > 0 && pieces[^1] is { Bytes: null, File: null } last
                && piece is { Bytes: null, File: null } && last.Start + last.Length == piece.Start)
            {
                pieces[^1] = last with { Length = last.Length + piece.Length };
            }
            else
            {
                pieces.Add(piece);
            }
        }
    }

    /// <summary>Bytes, or a part of a file: of the source if none is named.</summary>
    private readonly record struct Piece(string? File, byte[]? Bytes, long Start, long Length)
    {
        public static Piece Of(byte[] bytes) => new(null, bytes, 0, bytes.Length);
    }
}
