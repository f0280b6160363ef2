using System.Collections;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>The rules by which a text and the test items have something in common. Pure; safe to use from several threads.</summary>
internal static class GramSearch
{
    /// <summary>Every gram of an item counts.</summary>
    public static Overlap Grams(GramIndex index, string text)
    {
        if (!index.MayHold(text))
            return Overlap.None;
        var folded = new FoldedText(text);
        var stretches = new Stretches(folded, index);
        int begun = 0, before = -1;
        foreach ((int at, int length, int entry) in Matches(index, folded))
        {
            begun += at == before ? 0 : 1;
            before = at;
            stretches.AddEntry(at, length, entry);
        }
        return stretches.Close(begun);
    }

    /// <summary>An item counts when at least a share of its grams stand in the text (PaLM).</summary>
    public static Overlap GramShare(GramIndex index, string text, double minShare)
    {
        if (!index.MayHold(text))
            return Overlap.None;
        var folded = new FoldedText(text);
        List<(int At, int Length, int Entry)> matches = Matches(index, folded);
        var met = new Dictionary<int, int>();
        foreach (int entry in matches.Select(match => match.Entry).Distinct())
        {
            foreach (int place in index.PlacesOf(entry))
                met[index.ItemOf(place)] = met.GetValueOrDefault(index.ItemOf(place)) + 1;
        }
        return Shared(met.ToDictionary(pair => pair.Key, pair => (double)pair.Value / index.GramsOf(pair.Key)), minShare, folded, index,
            matches.SelectMany(match => index.PlacesOf(match.Entry).ToArray().Select(place => (match.At, match.Length, index.ItemOf(place)))));
    }

    /// <summary>An item counts when at least a share of its words stand in spans that the text has too: longer than a gram, the words of a gram without a
    /// fault at their beginning, at most some other words in it, none at its end (Llama 2, which speaks of tokens).</summary>
    public static Overlap SpanShare(GramIndex index, string text, double minShare, int slack)
    {
        if (!index.MayHold(text))
            return Overlap.None;
        var folded = new FoldedText(text);
        List<(int At, int Length, int Entry)> matches = Matches(index, folded);
        var covered = new Dictionary<int, BitArray>();
        foreach ((int at, int length, int item, int place) in Spans(index, folded, matches, slack))
        {
            int start = index.ItemStart(item);
            if (!covered.TryGetValue(item, out BitArray? words))
                covered[item] = words = new BitArray(index.ItemStart(item + 1) - start);
            for (int i = 0; i < length; i++)
                words[place + i - start] |= folded.Hashes[at + i] == index.Words[place + i];
        }
        return Shared(covered.ToDictionary(pair => pair.Key, pair => (double)pair.Value.Cast<bool>().Count(word => word) / pair.Value.Count), minShare, folded, index,
            Spans(index, folded, matches, slack).Select(span => (span.At, span.Length, span.Item)));
    }

    /// <summary>Every paragraph of an item counts that is a line of the text (dolma).</summary>
    public static Overlap Paragraphs(GramIndex index, string text)
    {
        FoldedText? folded = null;
        Stretches? stretches = null;
        int met = 0;
        ulong[] words = System.Buffers.ArrayPool<ulong>.Shared.Rent(1024);
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            var scanner = new WordScanner(text.AsSpan(range));
            int count = scanner.Read(words);
            while (count == words.Length)
            {
                Array.Resize(ref words, words.Length * 2);
                count += scanner.Read(words.AsSpan(count));
            }
            if (count <= Math.Min(index.Sizes.Words, index.Sizes.Characters) || index.Find(words.AsSpan(0, count)) is not (>= 0 and var entry))
                continue;
            folded ??= new FoldedText(text);
            (stretches ??= new Stretches(folded, index)).AddEntry(folded.WordAt(range.Start.Value), count, entry);
            met++;
        }
        System.Buffers.ArrayPool<ulong>.Shared.Return(words);
        return stretches?.Close(met) ?? Overlap.None;
    }

    private static List<(int At, int Length, int Entry)> Matches(GramIndex index, FoldedText text)
    {
        var found = new List<(int Entry, int Length)>();
        var matches = new List<(int, int, int)>();
        for (int at = 0; at < text.Count; at++)
        {
            found.Clear();
            index.Find(text.Hashes, text.Alone, text.Sums, at, found);
            foreach ((int entry, int length) in found)
                matches.Add((at, length, entry));
        }
        return matches;
    }

    private static IEnumerable<(int At, int Length, int Item, int Place)> Spans(GramIndex index, FoldedText text, List<(int At, int Length, int Entry)> matches, int slack)
    {
        foreach ((int at, int length, int entry) in matches)
        {
            for (int i = 0; i < index.PlacesOf(entry).Length; i++)
            {
                int place = index.PlacesOf(entry)[i], item = index.ItemOf(place);
                if (!GoesOn(index, text, at, length, place, item) && Extend(index, text, at, length, place, item, slack) is var span && span > length)
                    yield return (at, span, item, place);
            }
        }
    }

    /// <summary>True when the same span begins a word earlier and reaches as far.</summary>
    private static bool GoesOn(GramIndex index, FoldedText text, int at, int length, int place, int item) =>
        at > 0 && place > index.ItemStart(item) && text.Hashes[at - 1] == index.Words[place - 1] && index.Sizes.Of(text.Alone[at - 1]) <= length + 1;

    private static int Extend(GramIndex index, FoldedText text, int at, int length, int place, int item, int slack)
    {
        int most = Math.Min(text.Count - at, index.ItemStart(item + 1) - place), span = length;
        for (int i = length, faults = 0; i < most && faults <= slack; i++)
        {
            if (text.Hashes[at + i] == index.Words[place + i])
                span = i + 1;
            else
                faults++;
        }
        return span;
    }

    private static Overlap Shared(Dictionary<int, double> shares, double minShare, FoldedText text, GramIndex index, IEnumerable<(int At, int Length, int Item)> spans)
    {
        if (shares.Count == 0)
            return Overlap.None;
        double largest = shares.Values.Max();
        if (largest < minShare)
            return Overlap.None with { Measured = largest };
        var stretches = new Stretches(text, index);
        foreach ((int at, int length, int item) in spans.Where(span => shares[span.Item] >= minShare))
            stretches.Add(at, length, item);
        return stretches.Close(largest);
    }
}
