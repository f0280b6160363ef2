using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Masked language modelling: which tokens are predicted, and what stands in their place. A function of ids and seed alone.</summary>
public static class TokenMasking
{
    /// <summary>Some of the candidates, each set of them as likely (BERT, RoBERTa).</summary>
    /// <param name="candidates">Places that may be chosen: those of special tokens are left out.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Chance.</param>
    public static int[] Choose(IReadOnlyList<int> candidates, int count, Seed seed)
    {
        int[] places = [.. candidates];
        count = Math.Min(count, places.Length);
        for (int i = 0; i < count; i++)
        {
            int other = i + (int)seed.Below((ulong)(places.Length - i), (ulong)i);
            (places[i], places[other]) = (places[other], places[i]);
        }
        return [.. places.Take(count).Order()];
    }

    /// <summary>Each of the candidates by itself with the same chance (the collator of Hugging Face).</summary>
    public static int[] ChooseEach(IReadOnlyList<int> candidates, double share, Seed seed) => [.. candidates.Where((_, i) => seed.Fraction((ulong)i) < share)];

    /// <summary>The ids that a model reads: of the chosen tokens some become the mask, some any id of the vocabulary (their own among them), the rest stay.</summary>
    /// <param name="ids">Ids of the text.</param>
    /// <param name="chosen">Places that are predicted.</param>
    /// <param name="mask">Id of the mask.</param>
    /// <param name="vocabulary">Ids are below this.</param>
    /// <param name="seed">Chance.</param>
    /// <param name="masked">Share that becomes the mask: 0.8 in BERT, 0.85 in ELECTRA.</param>
    /// <param name="random">Share that becomes any id: 0.1 in BERT, 0 in ELECTRA.</param>
    public static int[] Corrupt(IReadOnlyList<int> ids, IReadOnlyList<int> chosen, int mask, int vocabulary, Seed seed, double masked = 0.8, double random = 0.1)
    {
        int[] corrupted = [.. ids];
        Seed replacement = seed.For("replacement");
        for (int i = 0; i < chosen.Count; i++)
        {
            double chance = seed.Fraction((ulong)i);
            if (chance < masked) corrupted[chosen[i]] = mask;
            else if (chance < masked + random) corrupted[chosen[i]] = (int)replacement.Below((ulong)vocabulary, (ulong)i);
        }
        return corrupted;
    }

    /// <summary>Places of the pieces of each word (whole-word masking): a piece that begins with ## belongs to the word before it, special tokens to none.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> WholeWords(IReadOnlyList<string> pieces, Func<string, bool> isSpecial)
    {
        List<List<int>> words = [];
        bool isOpen = false;
        for (int i = 0; i < pieces.Count; i++)
        {
            bool special = isSpecial(pieces[i]);
            if (!special && isOpen && pieces[i].StartsWith("##", StringComparison.Ordinal)) words[^1].Add(i);
            else if (!special) words.Add([i]);
            isOpen = !special;
        }
        return words;
    }

    /// <summary>Replaced token detection (ELECTRA): the text with what a generator put into the chosen places, and true where that differs from the original.</summary>
    public static (int[] Corrupted, bool[] Replaced) Replace(IReadOnlyList<int> original, IReadOnlyList<int> places, IReadOnlyList<int> sampled)
    {
        int[] corrupted = [.. original];
        for (int i = 0; i < places.Count; i++) corrupted[places[i]] = sampled[i];
        return (corrupted, [.. corrupted.Select((id, i) => id != original[i])]);
    }
}
