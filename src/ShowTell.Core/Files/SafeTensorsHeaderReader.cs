using System.Text.Unicode;

namespace ShowTell.Files;

/// <summary>
/// Parses the JSON of a safetensors header in one pass, so that it takes little more memory than its bytes, whatever
/// they are.
/// </summary>
internal ref struct SafeTensorsHeaderReader
{
    // An object of tensors, each an object with lists of numbers.
    private const int MaxDepth = 3;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly SafeTensorsLimits _limits;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _metadata = new(StringComparer.Ordinal);
    private readonly List<SafeTensorsEntry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<long> _numbers = [];
    private Utf8JsonReader _json;

    /// <summary>Prepares to parse a header, whose bytes the metadata may share.</summary>
    public SafeTensorsHeaderReader(ReadOnlyMemory<byte> bytes, SafeTensorsLimits limits)
    {
        (_bytes, _limits) = (bytes, limits);
        _json = new Utf8JsonReader(bytes.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>The tensors, in the order of the header.</summary>
    public readonly IReadOnlyList<SafeTensorsEntry> Entries => _entries;

    /// <summary>The metadata, as UTF-8.</summary>
    public readonly IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Metadata => _metadata;

    /// <summary>Parses the header.</summary>
    /// <exception cref="FormatException">It is invalid.</exception>
    public void Read()
    {
        try
        {
            if (!NextIs(JsonTokenType.StartObject))
            {
                throw new FormatException("its header is not a JSON object");
            }

            while (NextName() is string name)
            {
                if (!_names.Add(name))
                {
                    throw new FormatException($"its header has \"{name}\" twice");
                }

                if (name == SafeTensorsHeader.MetadataKey)
                {
                    ReadMetadata();
                }
                else if (_entries.Count < _limits.Entries)
                {
                    ReadEntry(name);
                }
                else
                {
                    throw new FormatException($"it has more than {_limits.Entries} tensors");
                }
            }

            // Throws unless nothing but white space follows.
            _json.Read();
        }
        catch (JsonException error)
        {
            throw new FormatException("its header is not valid JSON", error);
        }
        catch (InvalidOperationException error)
        {
            // The JSON reader detects lone surrogates only when it decodes text.
            throw new FormatException("its header is not valid Unicode", error);
        }
    }

    private void ReadMetadata()
    {
        if (!NextIs(JsonTokenType.StartObject))
        {
            throw new FormatException("its metadata is not a JSON object");
        }

        while (NextName() is string key)
        {
            if (!NextIs(JsonTokenType.String))
            {
                throw new FormatException($"its metadata \"{key}\" is not a string");
            }

            if (_metadata.Count == _limits.Entries || !_metadata.TryAdd(key, Text()))
            {
                throw new FormatException(_metadata.ContainsKey(key)
                    ? $"its metadata has \"{key}\" twice"
                    : $"its metadata has more than {_limits.Entries} entries");
            }
        }
    }

    private void ReadEntry(string name)
    {
        string? type = null;
        long[]? shape = null, offsets = null;
        bool isEntry = NextIs(JsonTokenType.StartObject);
        while (isEntry && NextName() is string member)
        {
            switch (member)
            {
                case "dtype" when type is null:
                    isEntry = NextIs(JsonTokenType.String) && _json.ValueSpan.Length <= 16;
                    type = isEntry ? _json.GetString() : null;
                    break;
                case "shape" when shape is null:
                    isEntry = (shape = ReadNumbers(_limits.Rank)) is not null;
                    break;
                case "data_offsets" when offsets is null:
                    isEntry = (offsets = ReadNumbers(2)) is { Length: 2 };
                    break;
                default:
                    isEntry = false;
                    break;
            }
        }

        _entries.Add(isEntry && type is not null && shape is not null && offsets is [long begin, long end]
            ? new SafeTensorsEntry(name, type, shape, begin, end)
            : throw new FormatException(
                $"tensor {name} is not described by dtype, shape (of at most {_limits.Rank} dimensions) and "
                + "data_offsets, each once"));
    }

    private long[]? ReadNumbers(int maxCount)
    {
        _numbers.Clear();
        if (!NextIs(JsonTokenType.StartArray))
        {
            return null;
        }

        while (NextIs(JsonTokenType.Number))
        {
            if (_numbers.Count == maxCount || !_json.TryGetInt64(out long number))
            {
                return null;
            }

            _numbers.Add(number);
        }

        return _json.TokenType == JsonTokenType.EndArray ? [.. _numbers] : null;
    }

    /// <summary>Whether the next token is of a type. The JSON reader throws at the end of the header.</summary>
    private bool NextIs(JsonTokenType type)
    {
        _json.Read();
        return _json.TokenType == type;
    }

    /// <summary>The next name of the current object; null at its end.</summary>
    private string? NextName()
    {
        _json.Read();
        return _json.TokenType != JsonTokenType.PropertyName ? null
            : _json.ValueSpan.Length > _limits.NameBytes ? throw new FormatException(
                $"its header has a name of {_json.ValueSpan.Length} bytes; the limit is {_limits.NameBytes}")
            : _json.GetString();
    }

    /// <summary>The current string: a part of the header, or a copy if it has escape sequences.</summary>
    private readonly ReadOnlyMemory<byte> Text()
    {
        ReadOnlyMemory<byte> text;
        if (_json.ValueIsEscaped)
        {
            var unescaped = new byte[_json.ValueSpan.Length];
            text = unescaped.AsMemory(0, _json.CopyString(unescaped));
        }
        else
        {
            text = _bytes.Slice((int)_json.TokenStartIndex + 1, _json.ValueSpan.Length);
        }

        return Utf8.IsValid(text.Span) ? text : throw new FormatException("its header is not valid Unicode");
    }
}
