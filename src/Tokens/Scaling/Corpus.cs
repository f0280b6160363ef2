using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Tokens.Scaling;

/// <summary>The tokens of a corpus by source and the shares in which a mix draws them.</summary>
/// <param name="Mix">Where the shares come from.</param>
/// <param name="Sources">Tokens at hand by source.</param>
/// <param name="Shares">Share of trained tokens of each, adding up to 1.</param>
public sealed record Corpus(string Mix, IReadOnlyList<SourceTokens> Sources, IReadOnlyList<double> Shares)
{
    /// <summary>The most tokens for which no source is repeated more than so often.</summary>
    public double Budget(double epochs) => Enumerable.Range(0, Shares.Count).Where(i => Shares[i] > 0).Min(i => Sources[i].Tokens * epochs / Shares[i]);

    /// <summary>What each source gives to a training.</summary>
    public IReadOnlyList<CorpusShare> At(double tokens) =>
        [.. Sources.Select((source, i) => new CorpusShare(source.Name, source.Tokens, Shares[i], Shares[i] * tokens))];

    /// <summary>Reads a corpus.</summary>
    /// <param name="place">Folder of a run with a finished step <c>mix</c> or <c>tokens</c>, or a YAML file of <c>source: tokens</c> lines.</param>
    /// <param name="mixFile">A mix file for the shares; default: those of the run's mix, else the sources by their sizes.</param>
    /// <exception cref="InputException">There are no tokens there.</exception>
    /// <exception cref="ConfigurationException">The place is not there, or the mix file or the file of sizes is wrong.</exception>
    public static Corpus Read(string place, string? mixFile)
    {
        if (!Path.Exists(place))
            throw new ConfigurationException($"--corpus {place}: neither the folder of a run nor a file of `source: tokens` lines");
        (IReadOnlyList<SourceTokens> sources, Corpus? mixed) = File.Exists(place) ? (OfSizes(place), null) : OfRun(place);
        if (!sources.Any(source => source.Tokens > 0))
            throw new InputException($"{place}: no source has any tokens");
        if (mixFile is null)
            return mixed ?? new Corpus("by size", sources, new MixOptions(strategy: MixStrategy.Proportional).SharesOf(sources));
        var mistakes = new Mistakes();
        MixOptions? options = MixFile.Load(mixFile, mistakes);
        mistakes.ThrowIfAny();
        double[] shares = options!.ScheduleOf(sources) is { } schedule
            ? [.. sources.Select((_, i) => schedule.Tokens(i, options.Tokens!.Value) / options.Tokens!.Value)] : options.SharesOf(sources);
        if (sources.Where((source, i) => source.Tokens == 0 && shares[i] > 0).FirstOrDefault() is { } empty)
            throw new ConfigurationException($"{mixFile}: source '{empty.Name}' has a weight but no tokens in {place}: leave it out");
        return new Corpus(mixFile, sources, shares);
    }

    private static (IReadOnlyList<SourceTokens>, Corpus?) OfRun(string folder)
    {
        var run = new RunFolder(folder);
        if ((run.Latest(ArtifactKind.Mix) ?? run.Output("mix")) is { } mix)
        {
            MixShare[] shares = [.. MixArtifact.Shares(mix.Manifest)];
            SourceTokens[] sources = [.. shares.Select(share => new SourceTokens(share.Source, share.Available))];
            double present = shares.Where(share => share.Available > 0).Sum(share => share.Asked);
            return (sources, present > 0 ? new Corpus($"of {folder}", sources, [.. shares.Select(share => share.Available > 0 ? share.Asked / present : 0)]) : null);
        }
        StepManifest manifest = ShardSet.Find([folder]).WholeManifest ?? throw new InputException($"{folder}: its token shards have no manifest.json: name the folder of the run");
        // A store of the mix puts the end of document behind each.
        return ([.. manifest.Sources.Where(source => source.Value.Tokens > 0).Select(source => new SourceTokens(source.Key, source.Value.Tokens + source.Value.Kept))], null);
    }

    private static SourceTokens[] OfSizes(string path)
    {
        var mistakes = new Mistakes();
        var sources = new List<SourceTokens>();
        foreach ((YamlScalar name, YamlNode value) in YamlLoader.Load(path, new Variables(new Dictionary<string, string>()), mistakes)?.Entries ?? [])
        {
            try
            {
                sources.Add(new SourceTokens(name.Value, (long)Quantity.Parse((value as YamlScalar)?.Value ?? value.Kind, $"the tokens of {name.Value}:")));
            }
            catch (ConfigurationException error)
            {
                mistakes.Add(value.At, error.Message);
            }
        }
        mistakes.ThrowIfAny();
        return [.. sources];
    }
}

/// <summary>What a source gives to a training.</summary>
/// <param name="Source">Name.</param>
/// <param name="Available">Tokens at hand.</param>
/// <param name="Share">Share of trained tokens, 0 to 1.</param>
/// <param name="Tokens">Tokens trained on.</param>
public sealed record CorpusShare(string Source, long Available, double Share, double Tokens)
{
    /// <summary>How often it is gone through.</summary>
    public double Epochs => Tokens == 0 ? 0 : Tokens / Available;

    /// <summary>New tokens that these are worth.</summary>
    public double Worth => Tokens == 0 ? 0 : RepeatedTokens.Worth(Available, Tokens);
}
