using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>A prompt with a better and a worse answer, as token ids.</summary>
/// <param name="Prompt">What both answers follow; one token at least.</param>
/// <param name="Chosen">The better answer, with its end-of-text token.</param>
/// <param name="Rejected">The worse answer, with its end-of-text token.</param>
public sealed record PreferencePair(int[] Prompt, int[] Chosen, int[] Rejected);

/// <summary>Pairs as one right-padded batch: the chosen rows, then the rejected ones.</summary>
internal sealed record PairBatch(Tensor Inputs_BT, Tensor Targets_BT, Tensor ChosenLength, Tensor RejectedLength)
{
    /// <summary>Lays pairs out; a row longer than the context loses the start of its prompt, then the end of its answer.</summary>
    internal static PairBatch Of(IReadOnlyList<PreferencePair> pairs, int context, Device device)
    {
        (int[] Ids, int Answer)[] rows = [.. pairs.Select(p => Row(p.Prompt, p.Chosen, context)), .. pairs.Select(p => Row(p.Prompt, p.Rejected, context))];
        int time = rows.Max(r => r.Ids.Length) - 1;
        var inputs = new long[rows.Length * time];
        var targets = new long[rows.Length * time];
        Array.Fill(targets, Loss.Ignored);
        for (int row = 0; row < rows.Length; row++)
        {
            (int[] ids, int answer) = rows[row];
            for (int t = 0; t < ids.Length - 1; t++)
            {
                inputs[row * time + t] = ids[t];
                if (t + 1 >= ids.Length - answer) targets[row * time + t] = ids[t + 1];
            }
        }
        float[] lengths = [.. rows.Select(r => (float)r.Answer)];
        return new PairBatch(
            torch.tensor<long>(inputs, [rows.Length, time], device), torch.tensor<long>(targets, [rows.Length, time], device),
            torch.tensor<float>(lengths.AsSpan(0, pairs.Count), [pairs.Count], device), torch.tensor<float>(lengths.AsSpan(pairs.Count), [pairs.Count], device));
    }

    private static (int[] Ids, int Answer) Row(int[] prompt, int[] answer, int context)
    {
        int kept = Math.Min(answer.Length, context);
        int before = Math.Min(prompt.Length, context + 1 - kept);
        return ([.. prompt.AsSpan(prompt.Length - before), .. answer.AsSpan(0, kept)], kept);
    }
}
