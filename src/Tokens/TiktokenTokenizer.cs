using System.Text;
using System.Runtime.CompilerServices;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Formats;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens;

/// <summary>Byte-pair encoding from ranks alone, as tiktoken does it: any two neighbours whose bytes together are a token merge, least rank first.</summary>
public sealed class TiktokenTokenizer : ByteLevelTokenizer
{
    private TiktokenTokenizer(BytePairModel model, TokenizerOptions options) : base(model, options)
    {
    }

    /// <summary>Reads a rank file (a line each: base64 of the bytes, a space, the rank).</summary>
    /// <param name="path">The file, such as <c>cl100k_base.tiktoken</c>.</param>
    /// <param name="pattern">Split pattern and special tokens; default: by the file's name.</param>
    /// <param name="specialTokens">Special tokens in place of those the pattern's name brings.</param>
    /// <exception cref="InputException">The file is broken.</exception>
    /// <exception cref="ConfigurationException">Neither the name of the file nor <paramref name="pattern"/> says which pattern to use.</exception>
    public static TiktokenTokenizer Create(string path, string? pattern = null, IReadOnlyDictionary<string, int>? specialTokens = null)
    {
        string encoding = pattern ?? TiktokenFile.EncodingOf(path);
        TokenBytes tokens = TiktokenFile.Read(path);
        SplitPatternKind kind = SplitPattern.Named(encoding);
        AddedToken[] added = [.. (specialTokens ?? TiktokenFile.SpecialTokensOf(encoding, tokens)).Select(token => new AddedToken(token.Key, token.Value))];
        int[] bytes = ByteTokens.Find(tokens, path);
        return new TiktokenTokenizer(new BytePairModel(tokens, PairsOf(tokens), bytes, WholePieceFirst: true),
            new TokenizerOptions { Pattern = kind, Added = added });
    }

    private protected override string Spell(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private protected override byte[]? Unspell(string token) => Encoding.UTF8.GetBytes(token);

    /// <summary>Every two tokens whose bytes together are a token, with its rank. Compiled fully at once: it runs once, while the program starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static PairTable PairsOf(TokenBytes tokens)
    {
        PairTable pairs = new(tokens.Limit * 2);
        for (int id = 0; id < tokens.Limit; id++)
        {
            ReadOnlySpan<byte> bytes = tokens[id];
            for (int cut = 1; cut < bytes.Length; cut++)
            {
                int left = tokens.Find(bytes[..cut]);
                if (left < 0)
                    continue;
                int right = tokens.Find(bytes[cut..]);
                if (right >= 0)
                    pairs.Set(left, right, id, id);
            }
        }
        return pairs;
    }
}

/// <summary>The tokens of the 256 bytes.</summary>
internal static class ByteTokens
{
    public static int[] Find(TokenBytes tokens, string path)
    {
        int[] ids = new int[256];
        for (int value = 0; value < 256; value++)
        {
            ids[value] = tokens.Find([(byte)value]);
            if (ids[value] < 0)
            {
                throw new InputException($"{path}: the vocabulary has no token for byte 0x{value:x2}, so it is no complete byte-level vocabulary:"
                    + " train it with the whole byte alphabet");
            }
        }
        return ids;
    }
}
