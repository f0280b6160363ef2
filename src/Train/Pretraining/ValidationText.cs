using DataPipeline.Tokens;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>How many bytes of UTF-8 the targets of validation batches stand for, by source: what bits per byte are taken over.</summary>
/// <remarks>Special tokens, as the end of a document, are no text: neither their bytes nor their losses count, as in `eval text`. A window that cuts a character counts the bytes it has of it.</remarks>
public sealed class ValidationText
{
    private readonly SortedDictionary<int, long> bytes = [];
    private readonly HashSet<int> special;

    /// <summary>Decodes the targets of batches once.</summary>
    public ValidationText(Tokenizer tokenizer, IEnumerable<TokenBatch> batches)
    {
        special = [.. tokenizer.SpecialTokens.Values];
        foreach (TokenBatch batch in batches)
        {
            for (int row = 0; row < batch.Rows; row++)
            {
                // Whatever is not text ends a stretch of it: some tokenizers write a text's beginning in another way.
                long inRow = 0;
                ReadOnlySpan<int> targets = batch.Tokens.AsSpan(row * batch.Columns + 1, batch.Columns - 1);
                for (int start = 0, at = 0; at <= targets.Length; at++)
                {
                    if (at < targets.Length && targets[at] >= 0 && !special.Contains(targets[at])) continue;
                    if (at > start) inRow += tokenizer.DecodeToBytes(targets[start..at]).Length;
                    start = at + 1;
                }
                bytes[batch.Sources[row]] = bytes.GetValueOrDefault(batch.Sources[row]) + inRow;
            }
        }
    }

    /// <summary>Bytes of a source.</summary>
    public long BytesOf(int source) => bytes.GetValueOrDefault(source);

    /// <summary>1 for each token id that is text, 0 for the others, on the model's device; the caller frees it.</summary>
    internal Tensor Mask(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        float[] isText = new float[model.Vocabulary];
        for (int id = 0; id < isText.Length; id++) isText[id] = special.Contains(id) ? 0 : 1;
        return tensor<float>(isText, [isText.Length], model.Device).DetachFromDisposeScope();
    }

    /// <summary>Nats over bits of the bytes of a source, or of all; null where there is no text.</summary>
    internal double? BitsPerByte(double nats, int? source = null) =>
        (source is { } one ? BytesOf(one) : bytes.Values.Sum()) is > 0 and var count ? nats / (count * Math.Log(2)) : null;
}
