using System.Collections.Concurrent;
using System.Text;
using System.Text.Unicode;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Training;

/// <summary>Cuts by the steps of a tokenizer.json, as the tokenizer will.</summary>
internal sealed class RuleWordCounter(SplitRules rules, int maxWords, int threads) : WordCounter(maxWords, threads)
{
    private readonly ConcurrentBag<PieceText> _free = [];

    protected override unsafe void Split(byte* start, byte* end, WordCounts counts)
    {
        ReadOnlySpan<byte> text = new(start, (int)(end - start));
        // Steps read well-formed text; bytes that are none count as U+FFFD.
        if (!Utf8.IsValid(text))
            text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));
        if (!_free.TryTake(out PieceText? pieces))
            pieces = new PieceText();
        pieces.Text.Load(text, 0, tracked: false);
        rules.Normalizer?.Apply(pieces.Text);
        pieces.Reset();
        rules.Steps.Apply(pieces);
        for (int i = 0; i < pieces.Count; i++)
        {
            (int from, int to) = pieces[i];
            for (; to - from > MaxWordBytes; from += MaxWordBytes)
                counts.Add(pieces.Text.Bytes.Slice(from, MaxWordBytes));
            counts.Add(pieces.Text.Bytes[from..to]);
        }
        _free.Add(pieces);
    }
}
