using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Dedup.Pieces;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Bloom;

/// <summary>Cuts paragraphs, and drops documents, most of whose word n-grams the corpus has seen before, as DCLM does (Li et al. 2024): one pass with a Bloom
/// filter, and no keys on the disk.</summary>
/// <remarks>Hashes are made on every core, the filter is asked in corpus order, so the result is that of one thread. A share of <c>false_positives</c> of new
/// n-grams counts as seen; with the limit of 0.8 that hardly moves a decision.</remarks>
/// <param name="ngram">Words of an n-gram.</param>
/// <param name="minNgram">Fewest words of a paragraph that is looked at; one with fewer than <c>ngram</c> is a single n-gram.</param>
/// <param name="threshold">Largest share of seen n-grams that a paragraph, or a document over all its paragraphs, may have.</param>
/// <param name="falsePositives">Rate of n-grams wrongly taken for seen, once the filter is full.</param>
/// <param name="expectedNgrams">N-grams that the filter is made for; 0 takes a fifth of the characters of the corpus, at least a million.</param>
/// <param name="maxMegabytes">Largest filter; when it is too small for the rate, the rate is higher, and the manifest says how high.</param>
/// <param name="parts">Roles of the parts to compare and cut. Left out: all.</param>
[Stage("bloom")]
public sealed class BloomDedup(
    [Range(1, 1000)] int ngram = 13, [Range(1, 1000)] int minNgram = 13, [Range(0.0, 1.0)] double threshold = 0.8, [Range(1e-15, 0.5)] double falsePositives = 0.01,
    [Range(0.0, 1e15)] long expectedNgrams = 0, [Range(1, 1 << 20)] int maxMegabytes = 4096, IReadOnlyList<string>? parts = null) : EditingDedup(parts)
{
    private const ulong Base = 0x9E3779B97F4A7C15;

    /// <inheritdoc/>
    public override Verdict Left(Document document) =>
        document.View.Words.Length == 0 ? Verdict.Drop("bloom_nothing_left", 0, 1) : Verdict.Keep(document);

    internal override IReadOnlyList<Step> Steps(string label, string settings, long memoryBytes) => [new BloomStep($"dedup.{label}", settings, this, label)];

    internal double Threshold => threshold;

    internal BloomFilter NewFilter(long characters) => new(expectedNgrams > 0 ? expectedNgrams : Math.Max(1 << 20, characters / 5), falsePositives, (long)maxMegabytes << 20);

    /// <summary>The paragraphs of a document that are looked at, each with the hashes of its n-grams.</summary>
    internal List<Paragraph> Paragraphs(Document document)
    {
        TextView?[] views = Views(document);
        var paragraphs = new List<Paragraph>();
        for (int part = 0; part < views.Length; part++)
        {
            if (views[part] is not { } view)
                continue;
            ReadOnlySpan<Slice> words = view.ScriptWords;
            var hashes = new ulong[words.Length];
            for (int i = 0; i < hashes.Length; i++)
                hashes[i] = Hash.Of(view[words[i]]);
            int first = 0;
            foreach (Slice line in view.Lines)
            {
                int end = first;
                while (end < words.Length && words[end].Start < line.End)
                    end++;
                if (end - first >= minNgram)
                    paragraphs.Add(new Paragraph(part, line, NGrams(hashes.AsSpan(first..end))));
                first = end;
            }
        }
        return paragraphs;
    }

    private ulong[] NGrams(ReadOnlySpan<ulong> words)
    {
        var grams = new ulong[Math.Max(1, words.Length - ngram + 1)];
        ulong sum = 0, leaving = 1;
        for (int i = 0; i < ngram; i++)
            leaving *= Base;
        for (int i = 0; i < words.Length; i++)
        {
            sum = sum * Base + words[i];
            if (i >= ngram)
                sum -= words[i - ngram] * leaving;
            if (i >= ngram - 1 || i == words.Length - 1)
                grams[Math.Max(0, i - ngram + 1)] = Seed.Mix(sum);
        }
        return grams;
    }

    /// <summary>A paragraph that is looked at.</summary>
    internal readonly record struct Paragraph(int Part, Slice Line, ulong[] NGrams);

    /// <summary>The paragraphs to cut from each part.</summary>
    internal static IReadOnlyList<Slice>[] Cuts(Document document, IEnumerable<Paragraph> seen)
    {
        ILookup<int, Slice> lines = seen.ToLookup(paragraph => paragraph.Part, paragraph => paragraph.Line);
        return [.. document.Parts.Select((part, i) => lines.Contains(i) ? (IReadOnlyList<Slice>)LineCuts.Of(part.Text, [.. lines[i]], wholeRuns: false) : [])];
    }
}
