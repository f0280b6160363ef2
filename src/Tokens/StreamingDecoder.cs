using System.Text;

namespace DataPipeline.Tokens;

/// <summary>Decodes ids as they come, giving whole characters only: a character whose bytes are spread over tokens appears with its last one.</summary>
/// <param name="tokenizer">The tokenizer of the ids.</param>
/// <param name="skipSpecialTokens">Leaves special tokens out of the text.</param>
public sealed class StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens = true)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _chars = new char[64];

    /// <summary>The characters that are complete with this id; often empty.</summary>
    public ReadOnlySpan<char> Append(int id) =>
        skipSpecialTokens && tokenizer.IsSpecial(id) ? default : Convert(tokenizer.BytesOf(id), flush: false);

    /// <summary>The end of the text: U+FFFD if a character was cut, else empty. The decoder may be used again.</summary>
    public ReadOnlySpan<char> Flush() => Convert(default, flush: true);

    private ReadOnlySpan<char> Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        if (_chars.Length < bytes.Length + 4)
            _chars = new char[bytes.Length * 2];
        return _chars.AsSpan(0, _decoder.GetChars(bytes, _chars, flush));
    }
}
