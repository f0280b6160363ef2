using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Models;

/// <summary>What makes ids of a piece of text.</summary>
internal abstract class TokenModel
{
    /// <param name="tokens">The vocabulary as the file spells it.</param>
    protected TokenModel(TokenBytes tokens) => Tokens = tokens;

    /// <summary>The vocabulary as the file spells it.</summary>
    public TokenBytes Tokens { get; }

    /// <summary>True when a piece may hold bytes that are no UTF-8.</summary>
    public virtual bool ReadsBytes => false;

    /// <summary>True when the ids of a piece are worth keeping for the next time.</summary>
    public virtual bool Cacheable => true;

    /// <summary>Options that decide ids beside vocabulary and special tokens.</summary>
    public abstract string Options { get; }

    /// <summary>Appends the ids of a piece, and their places in it.</summary>
    public abstract void Encode(ReadOnlySpan<byte> piece, IdBuffer output, OffsetBuffer? offsets, ModelScratch scratch);

    /// <summary>A token as the file spells it; null for an id without token.</summary>
    public virtual string? IdToToken(int id) => Tokens.Contains(id) ? Encoding.UTF8.GetString(Tokens[id]) : null;

    /// <summary>The id of a token as the file spells it.</summary>
    public virtual int? TokenToId(string token) => Tokens.Find(Encoding.UTF8.GetBytes(token)) is >= 0 and int id ? id : null;

    /// <summary>Appends a token for a piece of which it covers all.</summary>
    protected static void Add(int id, int start, int end, IdBuffer output, OffsetBuffer? offsets)
    {
        output.Add(id);
        offsets?.Add(start, end);
    }

    /// <summary>The ids of the byte tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, -1 for those that are missing.</summary>
    protected static int[] ByteTokensOf(TokenBytes tokens) => [.. Enumerable.Range(0, 256).Select(value => tokens.Find(Encoding.ASCII.GetBytes($"<0x{value:X2}>")))];

    /// <summary>An error for a text that the vocabulary has no token for.</summary>
    protected static InputException NoToken(ReadOnlySpan<byte> piece) => new(
        $"the tokenizer has no token for \"{Encoding.UTF8.GetString(piece[..Math.Min(40, piece.Length)])}\" and names no unknown token: clean the text, or use another tokenizer");
}

/// <summary>What encoding needs beside the tables: one for each call in flight.</summary>
internal sealed class ModelScratch
{
    private PieceCache? _cache;
    private EncoderScratch? _engine;

    /// <summary>Names of special tokens in the text are text, so their ids are not given.</summary>
    public required HashSet<int>? Forbidden { get; init; }

    public PieceCache Cache => _cache ??= new PieceCache(16);
    public EncoderScratch Engine => _engine ??= new EncoderScratch();
    public IdBuffer Ids { get; } = new();
    public OffsetBuffer Offsets { get; } = new();
    public double[] Scores { get; set; } = [];
    public int[] Starts { get; set; } = [];
    public int[] Chosen { get; set; } = [];

    /// <summary>Room for a place behind each byte.</summary>
    public void Reserve(int places)
    {
        if (Starts.Length >= places)
            return;
        int size = (int)Math.Min(Array.MaxLength, Math.Max(256, places * 5L / 4));
        (Scores, Starts, Chosen) = (new double[size], new int[size], new int[size]);
    }

    /// <summary>Lets go of what one very long text needed.</summary>
    public void Trim()
    {
        if (Starts.Length > 1 << 22)
            (Scores, Starts, Chosen) = ([], [], []);
    }
}
