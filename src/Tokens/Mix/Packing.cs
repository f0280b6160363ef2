namespace DataPipeline.Tokens.Mix;

/// <summary>How documents become samples of T inputs.</summary>
/// <remarks>An end-of-document token is, as a target, the end of its document and, as an input, the beginning of the next: so every token is a target, in every way of packing.</remarks>
public enum Packing
{
    /// <summary>Cut from the documents one behind the other; attention crosses from one to the next, as in GPT-3 and nanoGPT.</summary>
    Contiguous,

    /// <summary>The same samples, but attention and positions stay inside documents.</summary>
    Documents,

    /// <summary>Documents whole where they fit: longest first, each into the fullest row it fits in, padding behind them; attention and positions stay inside documents.</summary>
    BestFit,

    /// <summary>The same pieces, each alone in a row with padding behind it.</summary>
    Padded,

    /// <summary>As best fit, but a row that no piece fits in any more is filled with the beginning of the shortest one, whose end is lost: no padding, and every row begins with a document (nanochat).</summary>
    BestFitCrop,
}

/// <summary>What ways of packing have in common.</summary>
internal static class PackingKind
{
    /// <summary>True where a sample is a row that was made once for the whole source, and not cut from the documents one behind the other.</summary>
    internal static bool MakesRows(this Packing packing) => packing is Packing.BestFit or Packing.Padded or Packing.BestFitCrop;
}

/// <summary>Where a sample goes: memory of the caller, such as a row of a batch of tensors.</summary>
/// <param name="inputs">T ids.</param>
/// <param name="targets">The T ids that follow them; <see cref="PackedRow.NoTarget"/> at padding.</param>
/// <param name="documents">Which document of the row each input is of, from 0: what it may attend to. Empty if not wanted.</param>
/// <param name="positions">Place of each input in its document, from 0. Empty if not wanted.</param>
public readonly ref struct SampleRow(Span<long> inputs, Span<long> targets, Span<int> documents = default, Span<long> positions = default)
{
    /// <summary>T ids.</summary>
    public Span<long> Inputs { get; } = inputs;

    /// <summary>The ids to predict.</summary>
    public Span<long> Targets { get; } = targets;

    /// <summary>Documents of the row, or empty.</summary>
    public Span<int> Documents { get; } = documents;

    /// <summary>Places in the documents, or empty.</summary>
    public Span<long> Positions { get; } = positions;

    /// <summary>Says that inputs from <paramref name="from"/> to <paramref name="until"/> are a document.</summary>
    internal void Mark(int number, int from, int until)
    {
        if (!Documents.IsEmpty)
            Documents[from..until].Fill(number);
        if (Positions.IsEmpty)
            return;
        Span<long> positions = Positions[from..until];
        for (int i = 0; i < positions.Length; i++)
            positions[i] = i;
    }
}

/// <summary>What a sample is.</summary>
/// <param name="Source">Index of its source in the plan.</param>
/// <param name="Targets">Tokens to predict.</param>
/// <param name="Tokens">Tokens in it; the rest is padding.</param>
public readonly record struct Sample(int Source, int Targets, int Tokens);
