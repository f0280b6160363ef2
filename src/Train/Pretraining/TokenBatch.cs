using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>
/// A batch made of token ids: a row of T+1 ids gives T inputs and T targets, the targets being the ids one place on.
/// A negative id is padding: never a target, and whatever it stands for as an input.
/// </summary>
/// <param name="Tokens">Ids, row after row.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Sources">Number of the source that each row is from, for losses by source.</param>
/// <param name="Documents">Number of the document each id is from, laid out as the ids, to keep attention and positions inside documents; null attends across.</param>
public sealed record TokenBatch(int[] Tokens, int Rows, int[] Sources, int[]? Documents = null) : Batch
{
    /// <summary>Which ids are targets, laid out as the ids; null is all that are not padding.</summary>
    public bool[]? Learned { get; init; }

    /// <summary>Ids in a row, T+1.</summary>
    public int Columns => Tokens.Length / Rows;

    /// <inheritdoc/>
    public override int Targets
    {
        get
        {
            int count = 0, columns = Columns;
            for (int i = 0; i < Tokens.Length; i++)
                if (i % columns != 0 && IsTarget(i)) count++;
            return count;
        }
    }

    private bool IsTarget(int i) => Tokens[i] >= 0 && (Learned is null || Learned[i]);

    private bool IsOneDocumentARow()
    {
        if (Documents is null) return true;
        for (int row = 0; row < Rows; row++)
        {
            // The last id is a target only: where it is from changes no attention.
            ReadOnlySpan<int> inputs = Documents.AsSpan(row * Columns, Columns - 1);
            if (inputs.ContainsAnyExcept(inputs[0])) return false;
        }
        return true;
    }

    internal override BatchTensors ToTensors(LanguageModel model)
    {
        Device device = model.Device;
        TokenIds.Check(Tokens, model.Vocabulary);
        if (Rows < 1 || Columns < 2 || Tokens.Length != Rows * Columns || Sources.Length != Rows || (Documents is not null && Documents.Length != Tokens.Length))
            throw new ArgumentException($"a batch of {Tokens.Length} ids, {Rows} rows, {Sources.Length} sources and {Documents?.Length ?? 0} document numbers does not fit together");
        int columns = Columns, time = columns - 1;
        var inputs = new long[Rows * time];
        var targets = new long[Rows * time];
        // A row of one document needs no mask but the causal one, which is free.
        bool isPlain = IsOneDocumentARow();
        var documents = new int[isPlain ? 0 : Rows * time];
        var positions = new long[documents.Length];
        for (int row = 0; row < Rows; row++)
            for (int t = 0; t < time; t++)
            {
                int from = row * columns + t, to = row * time + t;
                inputs[to] = Math.Max(0, Tokens[from]);
                targets[to] = IsTarget(from + 1) ? Tokens[from + 1] : Loss.Ignored;
                if (isPlain) continue;
                documents[to] = Documents![from];
                positions[to] = t > 0 && Documents[from] == Documents[from - 1] ? positions[to - 1] + 1 : 0;
            }
        long[] shape = [Rows, time];
        return new(torch.tensor<long>(inputs, shape, device), torch.tensor<long>(targets, shape, device),
            isPlain ? null : torch.tensor<int>(documents, shape, device), isPlain ? null : torch.tensor<long>(positions, shape, device));
    }
}
