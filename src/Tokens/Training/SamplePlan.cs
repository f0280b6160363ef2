using DataPipeline.Core;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Tokens.Training;

/// <summary>Which share of each source's documents a tokenizer is trained on.</summary>
public sealed class SamplePlan
{
    private readonly SortedDictionary<string, double> _chance = new(StringComparer.Ordinal);

    /// <summary>Shares out a sample.</summary>
    /// <param name="sizes">Characters or bytes of each source.</param>
    /// <param name="most">What the whole sample has at most, in the same measure.</param>
    /// <param name="mix">Ratios that the sources have in the sample; it is as large as they allow without repeating a document. None: as they are.</param>
    public SamplePlan(IReadOnlyDictionary<string, long> sizes, long most, MixOptions? mix = null)
    {
        if (mix is null)
        {
            double all = sizes.Values.Sum(size => (double)size);
            foreach (string source in sizes.Keys)
                _chance[source] = all == 0 ? 1 : Math.Min(1, most / all);
            return;
        }
        IReadOnlyList<MixShare> shares = MixPlan.Create([.. sizes.Where(source => source.Value > 0).Select(source => new SourceTokens(source.Key, source.Value))], mix).Shares;
        double whole = Math.Min(most, shares.Where(share => share.Asked > 0).Select(share => share.Available / share.Asked).DefaultIfEmpty(0).Min());
        foreach (MixShare share in shares)
            _chance[share.Source] = share.Available == 0 ? 0 : Math.Min(1, whole * share.Asked / share.Available);
    }

    /// <summary>Chance of a document of each source to be in the sample.</summary>
    public IReadOnlyDictionary<string, double> Chance => _chance;

    /// <summary>Whether a document is in the sample. The draw belongs to the document, so it does not depend on how the corpus is cut into files.</summary>
    public bool Takes(string source, string id, Seed seed) =>
        !_chance.TryGetValue(source, out double chance) || chance >= 1 || (chance > 0 && seed.For(id).Fraction(0) < chance);
}
