using System.Text;
using DataPipeline.Tokens.Decode;

namespace DataPipeline.Tokens;

/// <summary>Decodes ids as they come, giving whole characters only: a character whose bytes are spread over tokens appears with its last one.</summary>
/// <remarks>All parts together, with <see cref="Flush"/> at the end, are what <see cref="Tokenizer.Decode"/> gives. Byte tokens in a row of tokenizers with byte fallback
/// appear when the row ends, because one wrong byte changes how the whole row reads.</remarks>
/// <param name="tokenizer">The tokenizer of the ids.</param>
/// <param name="skipSpecialTokens">Leaves special tokens out of the text.</param>
public sealed class StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens = true)
{
    private readonly TextDecoder _decoder = tokenizer.CreateDecoder(skipSpecialTokens);
    private readonly StringBuilder _text = new();
    private char[] _chars = new char[64];

    /// <summary>The characters that are complete with this id; often empty. Valid until the next call.</summary>
    public ReadOnlySpan<char> Append(int id)
    {
        _text.Clear();
        _decoder.Append(id, _text);
        return Text();
    }

    /// <summary>The end of the text: U+FFFD if a character was cut, and what was held back; else empty. The decoder may be used again.</summary>
    public ReadOnlySpan<char> Flush()
    {
        _text.Clear();
        _decoder.Flush(_text);
        return Text();
    }

    private ReadOnlySpan<char> Text()
    {
        if (_chars.Length < _text.Length)
            _chars = new char[_text.Length * 2];
        _text.CopyTo(0, _chars, _text.Length);
        return _chars.AsSpan(0, _text.Length);
    }
}
