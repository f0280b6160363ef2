using DataPipeline.Tokens.Models;

namespace DataPipeline.Tokens.SentencePiece;

/// <summary>Buffers of one call.</summary>
internal sealed class SentenceWork
{
    public byte[] Normalized = new byte[1024];
    public List<int> Places { get; } = [];
    public int[] Ids = new int[256];
    public int[] Lengths = new int[256];
    public UnigramSentenceModel.Place[] Lattice = [];
    private Engine.EncoderScratch? _engine;

    public Engine.EncoderScratch Engine => _engine ??= new Engine.EncoderScratch();

    public void Reserve(int count)
    {
        if (Ids.Length >= count)
            return;
        Ids = new int[(int)Math.Min(Array.MaxLength, count * 5L / 4)];
        Lengths = new int[Ids.Length];
    }

    /// <summary>Lets go of what one very long text needed.</summary>
    public void Trim()
    {
        if (Normalized.Length <= 1 << 23)
            return;
        (Normalized, Ids, Lengths, Lattice) = (new byte[1024], new int[256], new int[256], []);
    }
}

/// <summary>Cuts a normalized text into pieces.</summary>
internal abstract class SentenceModel
{
    /// <summary>Writes ids and lengths in bytes into the buffers of <paramref name="work"/> and returns how many there are.</summary>
    public abstract int Encode(ReadOnlySpan<byte> text, SentenceWork work);

    /// <summary>Appends final ids, which for runs of unknown characters may be fewer; false where the model has no faster way than <see cref="Encode"/>.</summary>
    public virtual bool TryEncode(ReadOnlySpan<byte> text, IdBuffer output, SentenceWork work) => false;
}

/// <summary>A piece for each character, or user-defined symbol.</summary>
internal sealed class CharSentenceModel(PieceTable table) : SentenceModel
{
    public override int Encode(ReadOnlySpan<byte> text, SentenceWork work)
    {
        work.Reserve(text.Length);
        int count = 0;
        for (int at = 0; at < text.Length;)
        {
            int length = table.UserDefined?.Longest(text[at..], out _) ?? 0;
            if (length == 0)
                length = Patterns.Utf8Point.LengthOf(text[at]);
            (work.Ids[count], work.Lengths[count++]) = (table.IdOf(text.Slice(at, length)), length);
            at += length;
        }
        return count;
    }
}

/// <summary>A piece for each word, which a visible space begins.</summary>
internal sealed class WordSentenceModel(PieceTable table) : SentenceModel
{
    public override int Encode(ReadOnlySpan<byte> text, SentenceWork work)
    {
        work.Reserve(text.Length);
        int count = 0;
        for (int at = 0; at < text.Length;)
        {
            int next = text[(at + 1)..].IndexOf("\u2581"u8);
            int end = next < 0 ? text.Length : at + 1 + next;
            (work.Ids[count], work.Lengths[count++]) = (table.IdOf(text[at..end]), end - at);
            at = end;
        }
        return count;
    }
}

/// <summary>Pieces by text.</summary>
internal sealed class PieceTable
{
    private readonly DoubleArrayTrie _pieces;
    private readonly DoubleArrayTrie _reserved;

    public PieceTable(IReadOnlyList<Piece> pieces)
    {
        Unknown = pieces.ToList().FindIndex(piece => piece.Type == PieceType.Unknown);
        (byte[] Bytes, int Id, PieceType Type)[] all = [.. pieces.Select((piece, id) => (piece.Bytes, id, piece.Type))];
        _pieces = new DoubleArrayTrie(all.Where(piece => IsNormal(piece.Type)).Select(piece => (piece.Bytes, piece.Id)));
        _reserved = new DoubleArrayTrie(all.Where(piece => !IsNormal(piece.Type)).Select(piece => (piece.Bytes, piece.Id)));
        (byte[], int)[] own = [.. all.Where(piece => piece.Type == PieceType.UserDefined).Select(piece => (piece.Bytes, piece.Id))];
        UserDefined = own.Length == 0 ? null : new DoubleArrayTrie(own);
    }

    /// <summary>The unknown piece.</summary>
    public int Unknown { get; }

    /// <summary>User-defined symbols; null if there are none.</summary>
    public DoubleArrayTrie? UserDefined { get; }

    /// <summary>The piece of a text, reserved ones first; the unknown one if there is none.</summary>
    public int IdOf(ReadOnlySpan<byte> text)
    {
        int reserved = _reserved.Find(text);
        if (reserved >= 0)
            return reserved;
        int id = _pieces.Find(text);
        return id >= 0 ? id : Unknown;
    }

    /// <summary>The piece of a text among those that texts are cut into, or -1.</summary>
    public int FindNormal(ReadOnlySpan<byte> text) => _pieces.Find(text);

    public static bool IsNormal(PieceType type) => type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused;
}
