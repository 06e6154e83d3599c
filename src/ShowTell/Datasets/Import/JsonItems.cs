namespace ShowTell.Datasets.Import;

/// <summary>
/// The entries of some lists of a JSON object, streamed: one entry is in memory at a time, and whatever else the object
/// holds is passed over.
/// </summary>
internal sealed class JsonItems(string path, Stream stream, IReadOnlyList<string> lists)
{
    private const int FirstBufferBytes = 64 << 10;
    private const int MaxItemBytes = 64 << 20;

    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _start;
    private int _end;
    private bool _isStarted;
    private bool _isLast;
    private JsonReaderState _state;

    // A step of reading; false if it needs more bytes, and then it is taken again from its beginning.
    private delegate bool Step(ref Utf8JsonReader reader);

    /// <summary>The file's path.</summary>
    public string Path => path;

    /// <summary>The list that the last entry stands in.</summary>
    public string? List { get; private set; }

    /// <summary>The last entry's place in its list.</summary>
    public int Index { get; private set; }

    /// <summary>Where the last entry stands, such as <c>annotations[12]</c>.</summary>
    public string Place => $"{List}[{Index}]";

    /// <summary>Whether <see cref="Next"/> met a name that it was to end at.</summary>
    public bool EndedEarly { get; private set; }

    /// <summary>The next entry, to be disposed of; null after the last.</summary>
    /// <param name="endsAt">Names in the outer object that end the reading.</param>
    public JsonDocument? Next(params ReadOnlySpan<string> endsAt)
    {
        try
        {
            while (List is not null || FindList(endsAt))
            {
                if (ReadItem() is JsonDocument item)
                {
                    Index++;
                    return item;
                }

                List = null;
            }

            return null;
        }
        catch (JsonException exception)
        {
            throw CaptionFile.NotJson(path, exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private bool FindList(ReadOnlySpan<string> endsAt)
    {
        while (ReadName() is string name)
        {
            if (endsAt.Contains(name))
            {
                EndedEarly = true;
                return false;
            }

            JsonTokenType value = ReadToken();
            if (lists.Contains(name))
            {
                (List, Index) = value == JsonTokenType.StartArray
                    ? (name, -1)
                    : throw new DataException($"{path}: \"{name}\" must be a list.");
                return true;
            }

            Skip(value);
        }

        RequireEnd();
        return false;
    }

    private JsonDocument? ReadItem()
    {
        JsonDocument? item = null;
        Take((ref Utf8JsonReader reader) =>
            reader.Read()
            && (reader.TokenType == JsonTokenType.EndArray || JsonDocument.TryParseValue(ref reader, out item)));
        return item;
    }

    private string? ReadName()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            Fill();
            _start = _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8) ? 3 : 0;
            ReadToken(); // The object's brace: other files do not come here.
        }

        string? name = null;
        Take((ref Utf8JsonReader reader) =>
        {
            if (!reader.Read())
            {
                return false;
            }

            name = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
            return true;
        });
        return name;
    }

    private JsonTokenType ReadToken()
    {
        JsonTokenType token = default;
        Take((ref Utf8JsonReader reader) =>
        {
            bool isRead = reader.Read();
            token = reader.TokenType;
            return isRead;
        });
        return token;
    }

    private void Skip(JsonTokenType token)
    {
        for (int depth = 0; ; token = ReadToken())
        {
            depth += token is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1
                : token is JsonTokenType.EndArray or JsonTokenType.EndObject ? -1
                : 0;
            if (depth == 0)
            {
                return;
            }
        }
    }

    // Only white space may follow the object; the reader itself complains of anything else.
    private void RequireEnd()
    {
        while (!_isLast)
        {
            Fill();
        }

        new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), true, _state).Read();
    }

    private void Take(Step step)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isLast, _state);
            if (step(ref reader))
            {
                _start += (int)reader.BytesConsumed;
                _state = reader.CurrentState;
                return;
            }

            if (_isLast)
            {
                throw new DataException($"{path}: ends in the middle of its JSON: it was truncated.");
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
                    $"{path}: {List ?? "the object"} holds more than {MaxItemBytes} bytes in one piece."));
        }

        int read = stream.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _isLast = read < _buffer.Length - _end;
        _end += read;
    }
}
