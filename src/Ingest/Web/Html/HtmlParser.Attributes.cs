namespace DataPipeline.Ingest.Web.Html;

// From the end of a tag's name to its closing bracket.
internal ref partial struct HtmlParser
{
    private Attributes ReadAttributes()
    {
        var attributes = new Attributes();
        while (true)
        {
            while (_at < _html.Length && (char.IsWhiteSpace(_html[_at]) || _html[_at] == '/'))
                _at++;
            if (_at >= _html.Length)
                return attributes;
            if (_html[_at] == '>')
            {
                attributes.SelfClosing = _html[_at - 1] == '/';
                _at++;
                return attributes;
            }
            ReadOnlySpan<char> rest = _html[_at..];
            // A stray "=" opens a name.
            int length = rest.Length == 1 ? -1 : rest[1..].IndexOfAny(AttributeEnd);
            ReadOnlySpan<char> name = length < 0 ? rest : rest[..(length + 1)];
            _at += name.Length;
            int equals = _at;
            while (equals < _html.Length && char.IsWhiteSpace(_html[equals]))
                equals++;
            ReadOnlySpan<char> value = default;
            if (equals < _html.Length && _html[equals] == '=')
            {
                _at = equals + 1;
                value = ReadValue();
            }
            attributes.Set(name, value);
        }
    }

    private ReadOnlySpan<char> ReadValue()
    {
        while (_at < _html.Length && char.IsWhiteSpace(_html[_at]))
            _at++;
        if (_at >= _html.Length)
            return default;
        char quote = _html[_at];
        if (quote is '"' or '\'')
        {
            ReadOnlySpan<char> rest = _html[(_at + 1)..];
            int end = rest.IndexOf(quote);
            _at = end < 0 ? _html.Length : _at + end + 2;
            return end < 0 ? rest : rest[..end];
        }
        ReadOnlySpan<char> plain = _html[_at..];
        int stop = plain.IndexOfAny(ValueEnd);
        plain = stop < 0 ? plain : plain[..stop];
        _at += plain.Length;
        return plain;
    }
}
