using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tests;

namespace DataPipeline.Train.Tests;

/// <summary>Data of masked, span and prefix objectives against the golden cases (g6); its packing is tested beside the loader.</summary>
public sealed class CorruptionGoldenTests
{
    private const string Golden = "golden/train/g6_masking_packing.json";

    [SharedFact(Golden)]
    public void MaskCounts_GoldenCases_AreEqual()
    {
        foreach (JsonElement test in Expected("bert_num_to_predict").EnumerateArray())
            Assert.Equal(Int(test, "num_masked"), MaskCounts.Bert(Int(test, "tokens_incl_special"), Int(test, "max_pred")));
        JsonElement roberta = Expected("fairseq_dynamic_mlm");
        int[] counts = [.. Enumerable.Range(0, 1000).Select(i => MaskCounts.Roberta(Int(roberta, "n"), (i + 0.5) / 1000))];
        Assert.Equal(Ints(roberta.GetProperty("possible_counts")), counts.Distinct().Order());
        Assert.Equal(Number(roberta, "prob_77"), counts.Count(count => count == 77) / 1000.0, 9);
        Assert.Equal(Number(roberta, "mean"), counts.Average(), 9);
        JsonElement electra = Expected("electra_masking");
        Assert.Equal((Int(electra, "max_pred_128"), Int(electra, "max_pred_512")), (MaskCounts.ElectraMost(128), MaskCounts.ElectraMost(512)));
    }

    [SharedFact(Golden)]
    public void Corrupt_ManyTokens_GivesTheSharesWithinThreeSigma()
    {
        JsonElement expected = Expected("bert_80_10_10"), sigma = expected.GetProperty("three_sigma");
        int tokens = Int(expected.GetProperty("simulated"), "n");
        const int original = 5, mask = 103;
        int[] corrupted = TokenMasking.Corrupt([.. Enumerable.Repeat(original, tokens)], [.. Enumerable.Range(0, tokens)], mask, 30_000, new Seed(3));
        double masked = corrupted.Count(id => id == mask) / (double)tokens, kept = corrupted.Count(id => id == original) / (double)tokens;
        Assert.InRange(masked, Number(expected, "mask") - Number(sigma, "mask"), Number(expected, "mask") + Number(sigma, "mask"));
        Assert.InRange(kept, Number(expected, "keep") - Number(sigma, "random"), Number(expected, "keep") + Number(sigma, "random"));
        Assert.InRange(1 - masked - kept, Number(expected, "random") - Number(sigma, "random"), Number(expected, "random") + Number(sigma, "random"));
        Assert.True(corrupted.Distinct().Count() > 5_000);
    }

    [SharedFact(Golden)]
    public void ChooseEach_ManyTexts_HaveTheMeanAndSpreadOfIndependentDraws()
    {
        JsonElement expected = Expected("hf_dynamic_mlm"), spread = expected.GetProperty("selected_count_std_for_n");
        int length = Int(spread, "n");
        const int texts = 4_000;
        double share = Number(expected, "selected_mean"), deviation = Number(spread, "std");
        int[] candidates = [.. Enumerable.Range(0, length)];
        double[] counts = [.. Enumerable.Range(0, texts).Select(text => (double)TokenMasking.ChooseEach(candidates, share, new Seed(1).For((ulong)text)).Length)];
        double mean = counts.Average();
        Assert.InRange(mean, Number(spread, "mean") - 3 * deviation / Math.Sqrt(texts), Number(spread, "mean") + 3 * deviation / Math.Sqrt(texts));
        // The standard error of a standard deviation is it over the root of twice the draws.
        Assert.InRange(Math.Sqrt(counts.Average(count => (count - mean) * (count - mean))), deviation * (1 - 3 / Math.Sqrt(2.0 * texts)), deviation * (1 + 3 / Math.Sqrt(2.0 * texts)));
        double none = Number(expected, "prob_zero_selected_n20"), empty = Enumerable.Range(0, texts).Count(text => TokenMasking.ChooseEach(candidates[..20], share, new Seed(2).For((ulong)text)).Length == 0) / (double)texts;
        Assert.InRange(empty, none - 3 * Math.Sqrt(none / texts), none + 3 * Math.Sqrt(none / texts));
        // Of all tokens: chosen, then masked, random or kept.
        Assert.Equal(Number(expected, "mask_of_all"), share * 0.8, 12);
        Assert.Equal((Number(expected, "random_of_all"), Number(expected, "keep_of_all")), (Math.Round(share * 0.1, 12), Math.Round(share * 0.1, 12)));
    }

    [SharedFact(Golden)]
    public void SpanLengths_GoldenCases_AreEqual()
    {
        Same(Expected("albert_ngram"), "p", "mean_length", SpanLengths.Ngram());
        Same(Expected("spanbert_geometric"), "p", "mean", SpanLengths.Geometric());
        Same(Expected("bart_poisson"), "pmf", "mean", SpanLengths.Poisson());
        Assert.Equal(Number(Expected("bart_poisson"), "p_zero"), SpanLengths.Poisson().Probabilities[0], 15);
        int[] drawn = [.. Enumerable.Range(0, 30_000).Select(i => SpanLengths.Geometric().At(new Seed(4).Fraction((ulong)i)))];
        Assert.Equal((1, 10), (drawn.Min(), drawn.Max()));
        Assert.Equal(SpanLengths.Geometric().Mean, drawn.Average(), 1);

        static void Same(JsonElement expected, string probabilities, string mean, SpanLengths lengths)
        {
            double[] all = expected.GetProperty(probabilities).Numbers();
            Near.Absolute(all, [.. lengths.Probabilities.Take(all.Length)], 1e-15, probabilities);
            Assert.Equal(Number(expected, mean), lengths.Mean, 12);
        }
    }

    [SharedFact(Golden)]
    public void WholeWords_GoldenCase_GivesTheGroups() =>
        Assert.Equal(Expected("whole_word_groups").EnumerateArray().Select(Ints),
            TokenMasking.WholeWords([.. Case("whole_word_groups").GetProperty("inputs").EnumerateArray().Select(piece => piece.GetString()!)], piece => piece is "[CLS]" or "[SEP]"));

    [SharedFact(Golden)]
    public void SpanCorruption_GoldenCases_AreEqual()
    {
        foreach (JsonElement test in Expected("t5_span_corruption_given_mask").EnumerateArray())
        {
            (int[] inputs, int[] targets) = SpanCorruption.Apply(Ints(test.GetProperty("tokens")), [.. test.GetProperty("mask").GetString()!.Select(bit => bit == '1')], 32_099, 1);
            Assert.Equal(Ints(test.GetProperty("inputs")), inputs);
            Assert.Equal(Ints(test.GetProperty("targets")), targets);
        }
        foreach (JsonElement test in Expected("t5_noise_counts").EnumerateArray())
        {
            (int noise, int spans) = SpanCorruption.Counts(Int(test, "length"), Number(test, "density"), Number(test, "mean_span"));
            Assert.Equal((Int(test, "noise_tokens"), Int(test, "noise_spans"), Int(test, "nonnoise_tokens")), (noise, spans, Int(test, "length") - noise));
            bool[] mask = SpanCorruption.Mask(Int(test, "length"), Number(test, "density"), Number(test, "mean_span"), new Seed(9));
            Assert.Equal((noise, spans, false), (mask.Count(bit => bit), mask.Zip(mask.Append(false).Skip(1), (now, next) => now && !next).Count(ends => ends), mask[0]));
        }
        foreach (JsonElement test in Expected("t5_random_spans_helper").EnumerateArray())
            Assert.Equal((Int(test, "tokens_length"), Int(test, "targets_length")), SpanCorruption.Longest(Int(test, "inputs_length"), Number(test, "density"), Number(test, "mean_span")));
    }

    [SharedFact(Golden)]
    public void SpanCorruption_ExampleOfThePaper_ReadsAsThere()
    {
        JsonElement inputs = Case("t5_paper_example").GetProperty("inputs"), expected = Expected("t5_paper_example");
        string[] words = Words(inputs, "words"), noise = Words(inputs, "noise_words");
        (int[] source, int[] target) = SpanCorruption.Apply([.. Enumerable.Range(0, words.Length)], [.. words.Select(word => noise.Contains(word))], 32_099, -1);
        Assert.Equal(expected.GetProperty("inputs").GetString(), Text(source));
        Assert.Equal(expected.GetProperty("targets").GetString(), Text(target));

        string Text(int[] ids) => string.Join(' ', ids[..^1].Select(id => id < words.Length ? words[id] : $"<{(char)('X' + 32_099 - id)}>"));
        static string[] Words(JsonElement of, string name) => [.. of.GetProperty(name).EnumerateArray().Select(word => word.GetString()!)];
    }

    [SharedFact(Golden)]
    public void Parts_GoldenCases_AreAllThereAndAsLikely()
    {
        foreach (JsonElement test in Expected("span_partition_uniform").EnumerateArray())
        {
            const int draws = 20_000;
            Dictionary<string, int> seen = [];
            for (int i = 0; i < draws; i++)
            {
                string parts = string.Join(' ', SpanCorruption.Parts(Int(test, "items"), Int(test, "segments"), new Seed(7).For((ulong)i)));
                seen[parts] = seen.GetValueOrDefault(parts) + 1;
            }
            Assert.Equal(Int(test, "count"), seen.Count);
            Assert.Equal(test.GetProperty("all").EnumerateArray().Select(parts => string.Join(' ', Ints(parts))).Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
            double each = draws / (double)seen.Count;
            // Four sigma: nine draws are looked at.
            Assert.All(seen.Values, count => Assert.InRange(count, each - 4 * Math.Sqrt(each), each + 4 * Math.Sqrt(each)));
        }
    }

    [SharedFact(Golden)]
    public void PrefixSplit_GoldenCases_AreEqual()
    {
        foreach (JsonElement test in Expected("prefix_lm").EnumerateArray())
        {
            int[] tokens = Ints(test.GetProperty("tokens"));
            var prefix = new PrefixSplit(tokens, Int(test, "split"));
            Assert.Equal(Ints(test.GetProperty("inputs")), prefix.Inputs);
            Assert.Equal(Ints(test.GetProperty("targets")), prefix.Targets);
            Assert.Equal(Ints(test.GetProperty("loss_mask")), tokens.Select((_, i) => prefix.Predicts(i) ? 1 : 0));
            if (test.GetProperty("attention_mask_decoder_only") is { ValueKind: JsonValueKind.Array } mask)
                Assert.Equal(mask.EnumerateArray().Select(Ints), tokens.Select((_, i) => tokens.Select((_, j) => prefix.Sees(i, j) ? 1 : 0).ToArray()));
        }
    }

    [SharedFact(Golden)]
    public void SentencePair_GoldenCase_IsEqual()
    {
        JsonElement test = Expected("nsp_sop_labels");
        int[] first = Ints(test.GetProperty("A")), second = Ints(test.GetProperty("B"));
        Same("actual", SentencePair.Of(first, second, Int(test, "cls"), Int(test, "sep")));
        Same("swapped", SentencePair.Swapped(first, second, Int(test, "cls"), Int(test, "sep")));

        void Same(string name, SentencePair pair)
        {
            Assert.Equal(Ints(test.GetProperty(name).GetProperty("ids")), pair.Ids);
            Assert.Equal(Ints(test.GetProperty(name).GetProperty("segments")), pair.Segments);
            Assert.Equal(Int(test.GetProperty(name), "label"), pair.Label);
        }
    }

    [SharedFact(Golden)]
    public void Replace_GoldenCase_LabelsWhatDiffers()
    {
        JsonElement test = Expected("rtd_labels");
        (int[] corrupted, bool[] replaced) = TokenMasking.Replace(Ints(test.GetProperty("original")), Ints(test.GetProperty("masked_positions")), Ints(test.GetProperty("sampled")));
        Assert.Equal(Ints(test.GetProperty("corrupted")), corrupted);
        Assert.Equal(Ints(test.GetProperty("labels")), replaced.Select(isReplaced => isReplaced ? 1 : 0));
    }

    private static JsonElement Case(string name) => GoldenFile.Read("g6_masking_packing.json").GetProperty("cases").EnumerateArray().Single(test => test.GetProperty("case").GetString() == name);

    private static JsonElement Expected(string name) => Case(name).GetProperty("expected");

    private static int Int(JsonElement test, string name) => test.GetProperty(name).GetInt32();

    private static double Number(JsonElement test, string name) => test.GetProperty(name).GetDouble();

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt32())];
}
