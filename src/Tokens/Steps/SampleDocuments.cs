using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Tokens.Steps;

/// <summary>Leads from samples of a mix back to documents: what a batch was made of.</summary>
public static class SampleDocuments
{
    /// <summary>Gives the ids of each sample's documents, in their order. Reads the token shards once, then knows.</summary>
    /// <param name="mix">What a step <c>mix</c> made.</param>
    /// <param name="tokens">The token shards it draws from.</param>
    /// <param name="loader">The loader of the mix.</param>
    /// <param name="samples">The samples that will be asked for; memory is for the ids of their documents.</param>
    /// <exception cref="InputException">The mix is of an earlier version, or other shards stand where its were.</exception>
    public static Func<long, IReadOnlyList<string>> Of(Artifact mix, Artifact tokens, Loader loader, IEnumerable<long> samples)
    {
        StepManifest manifest = mix.Manifest;
        double validation = (manifest.Fact("validation") ?? throw new InputException("the mix does not say what it holds out: make it again")).GetDouble();
        var slicing = new Slicing(
            manifest.Fact("by") is { } by ? ManifestJson.Value<IReadOnlyList<string>>(by) : null,
            manifest.Fact("buckets") is { } buckets ? ManifestJson.Value<IReadOnlyDictionary<string, IReadOnlyList<double>>>(buckets) : null);
        HashSet<(int, long)> wanted = [.. samples.SelectMany(sample => Places(loader, sample))];
        HashSet<string> sources = [.. MixArtifact.Shares(manifest).Select(share => share.Source)];
        var builder = new TokenStoreBuilder(validation, MixArtifact.HeldOutSeed(manifest.Seed), slicing)
        {
            Loss = manifest.Fact("loss") is { } loss ? ManifestJson.Value<LossRule>(loss) : new LossRule(),
            Takes = sources.Contains,
        };
        var names = builder.NamesOf([.. tokens.Files().Select(shard => shard.Path)], wanted);
        if (names.Count < wanted.Count)
            throw new InputException($"{tokens.Folder}: fewer documents than the mix was made of: make the mix again");
        return sample => [.. Places(loader, sample).Select(place => names[place])];
    }

    private static IEnumerable<(int, long)> Places(Loader loader, long sample)
    {
        (int source, IReadOnlyList<long> documents) = loader.DocumentsOf(sample);
        return documents.Select(document => (source, document));
    }
}
