namespace ShowTell.Datasets.Import;

/// <summary>
/// Streams the entries of a JSON list, or of the properties of a JSON object. One entry is in memory at a time.
/// </summary>
/// <param name="path">The file's path.</param>
/// <param name="stream">The file, which starts with a list or an object.</param>
/// <param name="lists">The names of the lists to read in an object, other properties are skipped; empty for all
/// properties: the entries of those that are lists, the value of others.</param>
internal sealed class JsonItems(string path, Stream stream, params IReadOnlyList<string> lists)
{
    /// <summary>The <see cref="List"/> of a file that is itself a list.</summary>
    public const string Root = "$";

    private const int InitialBufferBytes = 64 << 10;
    private const int MaxItemBytes = 64 << 20;

    private byte[] _buffer = new byte[InitialBufferBytes];
    private int _start;
    private int _end;
    private bool _isStarted;
    private bool _isList;
    private bool _isLast;
    private JsonReaderState _state;
    private NotANumber _notANumber;

    // Returns false if it needs more bytes; it is then repeated from its start.
    private delegate bool Step<T>(ref Utf8JsonReader reader, out T result);

    /// <summary>The file's path.</summary>
    public string Path => path;

    /// <summary>The property of the last entry; <see cref="Root"/> in a file that is a list.</summary>
    public string? List { get; private set; }

    /// <summary>The last entry's index in its list; -1 if its property is not a list.</summary>
    public int Index { get; private set; }

    /// <summary>The last entry's location, such as <c>annotations[12]</c>.</summary>
    public string Location => Index < 0 ? $"{Root}.{List}" : $"{List}[{Index}]";

    /// <summary>The next entry, which the caller disposes of; null after the last one.</summary>
    /// <exception cref="DataException">The file cannot be read or is not valid JSON, or an entry is too large.
    /// </exception>
    public JsonDocument? Next()
    {
        try
        {
            if (!_isStarted)
            {
                Start();
            }

            while (_isList || FindProperty())
            {
                if (Take<JsonDocument?>(TryReadItem) is JsonDocument item)
                {
                    Index += _isList ? 1 : 0;
                    return item;
                }

                _isList = false;
            }

            RequireEnd();
            return null;
        }
        catch (JsonException exception)
        {
            throw InputFile.InvalidJson(path, exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private bool FindProperty()
    {
        if (List == Root)
        {
            return false;
        }

        while (Take<string?>(TryReadName) is string name)
        {
            bool isArray = Take<JsonTokenType>(TryReadToken, isConsumed: false) == JsonTokenType.StartArray;
            if (lists.Count == 0 || lists.Contains(name))
            {
                (List, Index, _isList) = (name, -1, isArray);
                if (isArray)
                {
                    Take<JsonTokenType>(TryReadToken);
                }
                else if (lists.Count > 0)
                {
                    throw new DataException($"{path}: \"{name}\" must be a list.");
                }

                return true;
            }

            int depth = 0;
            do
            {
                depth += DepthChange(Take<JsonTokenType>(TryReadToken));
            }
            while (depth > 0);
        }

        List = Root;
        return false;
    }

    private void Start()
    {
        _isStarted = true;
        Fill();
        _start = _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8) ? 3 : 0;
        if (Take<JsonTokenType>(TryReadToken) == JsonTokenType.StartArray)
        {
            (List, Index, _isList) = (Root, -1, true);
        }
    }

    private static bool TryReadToken(ref Utf8JsonReader reader, out JsonTokenType token)
    {
        bool isRead = reader.Read();
        token = reader.TokenType;
        return isRead;
    }

    /// <summary>Reads a property name; null at the end of the object.</summary>
    private static bool TryReadName(ref Utf8JsonReader reader, out string? name)
    {
        bool isRead = reader.Read();
        name = isRead && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
        return isRead;
    }

    /// <summary>Reads an entry; null at the end of the list.</summary>
    private static bool TryReadItem(ref Utf8JsonReader reader, out JsonDocument? item)
    {
        item = null;
        return reader.Read()
            && (reader.TokenType == JsonTokenType.EndArray || JsonDocument.TryParseValue(ref reader, out item));
    }

    private static int DepthChange(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray or JsonTokenType.StartObject => 1,
        JsonTokenType.EndArray or JsonTokenType.EndObject => -1,
        _ => 0,
    };

    // Only white space may follow the object; the reader throws for anything else.
    private void RequireEnd()
    {
        while (!_isLast)
        {
            Fill();
        }

        new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), true, _state).Read();
    }

    private T Take<T>(Step<T> step, bool isConsumed = true)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isLast, _state);
            if (step(ref reader, out T result))
            {
                if (isConsumed)
                {
                    _start += (int)reader.BytesConsumed;
                    _state = reader.CurrentState;
                }

                return result;
            }

            if (_isLast)
            {
                throw new DataException($"{path}: is truncated: the file ends inside its JSON.");
            }

            Fill();
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length < MaxItemBytes
                ? 2 * _buffer.Length
                : throw new DataException(
                    $"{path}: {List ?? "the object"} contains a value of more than {MaxItemBytes} bytes."));
        }

        int read = stream.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _isLast = read < _buffer.Length - _end;
        _notANumber.Replace(_buffer.AsSpan(_end, read));
        _end += read;
    }
}
