using DataPipeline.Tokens.Mix;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>A batch that a loader wrote straight into the memory of its tensors: on a CPU the model reads what the loader wrote, for a card the memory is pinned and copied once.</summary>
public sealed record LoadedBatch : Batch
{
    private readonly Tensor inputs_BT, targets_BT;
    private readonly Tensor? documents_BT, positions_BT;
    private readonly int greatest;

    private LoadedBatch(SampleReader loader, long sample, int rows, bool pinned)
    {
        int time = loader.SequenceLength, targets = 0;
        long[] shape = [rows, time];
        bool hasDocuments = loader.Packing != Packing.Contiguous;
        // Made outside of any dispose scope: Dispose frees them.
        inputs_BT = empty(shape, int64, pinned: pinned).DetachFromDisposeScope();
        targets_BT = empty(shape, int64, pinned: pinned).DetachFromDisposeScope();
        documents_BT = hasDocuments ? empty(shape, int32, pinned: pinned).DetachFromDisposeScope() : null;
        positions_BT = hasDocuments ? empty(shape, int64, pinned: pinned).DetachFromDisposeScope() : null;
        Span<long> inputs = inputs_BT.Data<long>(), wanted = targets_BT.Data<long>(), positions = positions_BT is { } p ? p.Data<long>() : [];
        Span<int> documents = documents_BT is { } d ? d.Data<int>() : [];
        var sources = new int[rows];
        var rowTargets = new int[rows];
        bool isOneDocumentARow = true;
        for (int row = 0; row < rows; row++)
        {
            Range own = (row * time)..((row + 1) * time);
            (sources[row], rowTargets[row], int tokens) = loader.Read(sample + row, new SampleRow(inputs[own], wanted[own], hasDocuments ? documents[own] : [], hasDocuments ? positions[own] : []));
            targets += rowTargets[row];
            Padding += time - tokens;
            isOneDocumentARow &= !hasDocuments || documents[own][^1] == 0;
        }
        Rows = rows;
        Sources = sources;
        RowTargets = rowTargets;
        Targets = targets;
        greatest = (int)Math.Max(Greatest(inputs), Greatest(wanted));
        if (!isOneDocumentARow) return;
        // A row of one document needs no mask but the causal one, which is free.
        documents_BT?.Dispose();
        positions_BT?.Dispose();
        (documents_BT, positions_BT) = (null, null);
    }

    /// <inheritdoc/>
    public override int Rows { get; init; }

    /// <inheritdoc/>
    public override int[] Sources { get; init; }

    /// <summary>Ids to be predicted in each row.</summary>
    public int[] RowTargets { get; }

    /// <inheritdoc/>
    public override int Targets { get; }

    /// <summary>Places behind the last token of a row.</summary>
    public int Padding { get; }

    /// <summary>Reads samples <paramref name="sample"/> to <paramref name="sample"/> + <paramref name="rows"/> - 1.</summary>
    public static LoadedBatch Read(SampleReader loader, long sample, int rows, bool pinned = false) => new(loader, sample, rows, pinned);

    internal override BatchTensors ToTensors(LanguageModel model)
    {
        TokenIds.Check(greatest, model.Vocabulary);
        return model.Device.Type == DeviceType.CPU ? new(inputs_BT, targets_BT, documents_BT, positions_BT)
            : new(inputs_BT.to(model.Device), targets_BT.to(model.Device), documents_BT?.to(model.Device), positions_BT?.to(model.Device));
    }

    /// <summary>Frees the tensors.</summary>
    public override void Dispose()
    {
        inputs_BT.Dispose();
        targets_BT.Dispose();
        documents_BT?.Dispose();
        positions_BT?.Dispose();
        base.Dispose();
    }

    private static long Greatest(ReadOnlySpan<long> ids)
    {
        long greatest = -1;
        foreach (long id in ids) greatest = Math.Max(greatest, id);
        return greatest;
    }
}
