namespace ShowTell.Datasets.Import;

/// <summary>
/// Makes <c>NaN</c> and <c>Infinity</c>, which Python writes into JSON and reads from it, empty strings of the same
/// length. Outside strings, no other JSON begins with N or I.
/// </summary>
internal struct NotANumber
{
    private bool _isInString;
    private bool _isEscaped;
    private int _letters;

    /// <summary>Replaces them in the next bytes of a file.</summary>
    public void Replace(Span<byte> json)
    {
        foreach (ref byte letter in json)
        {
            if (_isInString)
            {
                _isInString = _isEscaped || letter != '"';
                _isEscaped = !_isEscaped && letter == '\\';
            }
            else if (letter == '"')
            {
                _isInString = true;
            }
            else if (_letters > 0 || letter is (byte)'N' or (byte)'I')
            {
                _letters = char.IsAsciiLetter((char)letter) ? _letters + 1 : 0;
                letter = _letters switch
                {
                    0 => letter,
                    1 or 2 => (byte)'"',
                    _ => (byte)' ',
                };
            }
        }
    }
}
