namespace DataPipeline.Tokens.Mix;

/// <summary>What a trainer needs to keep documents apart that share a row: segments, positions, ends for attention kernels, and targets.</summary>
public sealed class PackedRow
{
    /// <summary>A target that is no loss, as in PyTorch.</summary>
    public const int NoTarget = -100;

    private PackedRow(int length)
    {
        Tokens = new int[length];
        Segments = new int[length];
        Positions = new int[length];
        Targets = new int[length];
    }

    /// <summary>Ids, padded behind the last document.</summary>
    public int[] Tokens { get; }

    /// <summary>Number of the document that each token is from, from 1; 0 is padding. A token sees those of its own segment before it.</summary>
    public int[] Segments { get; }

    /// <summary>Place of each token in its document, from 0.</summary>
    public int[] Positions { get; }

    /// <summary>The id to predict at each token; none at the last of a document.</summary>
    public int[] Targets { get; }

    /// <summary>Where each document begins, and where the last ends: <c>cu_seqlens</c> of attention kernels for rows of several documents.</summary>
    public int[] Boundaries { get; private init; } = [];

    /// <summary>Tokens of padding.</summary>
    public int Waste => Tokens.Length - Boundaries[^1];

    /// <summary>Lays documents into a row.</summary>
    /// <param name="documents">Their ids, with begin and end tokens.</param>
    /// <param name="length">Tokens of the row.</param>
    /// <param name="padding">The id behind them.</param>
    /// <exception cref="ArgumentException">They are longer than the row.</exception>
    public static PackedRow Of(IReadOnlyList<ReadOnlyMemory<int>> documents, int length, int padding)
    {
        if (documents.Sum(document => (long)document.Length) > length)
            throw new ArgumentException($"documents of {documents.Sum(document => (long)document.Length)} tokens do not fit in a row of {length}", nameof(documents));
        var row = new PackedRow(length) { Boundaries = new int[documents.Count + 1] };
        int at = 0;
        for (int number = 0; number < documents.Count; number++)
        {
            ReadOnlySpan<int> document = documents[number].Span;
            document.CopyTo(row.Tokens.AsSpan(at));
            for (int i = 0; i < document.Length; i++)
            {
                row.Segments[at + i] = number + 1;
                row.Positions[at + i] = i;
                row.Targets[at + i] = i + 1 < document.Length ? document[i + 1] : NoTarget;
            }
            row.Boundaries[number + 1] = at += document.Length;
        }
        row.Tokens.AsSpan(at).Fill(padding);
        row.Targets.AsSpan(at).Fill(NoTarget);
        return row;
    }
}
