using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops pages that ask to be left out, in <c>&lt;meta name="robots"&gt;</c> or the header X-Robots-Tag, which the web sources note in the metadata <c>robots</c>.</summary>
/// <remarks>A directive that is addressed to another program by name (<c>otherbot: noindex</c>) does not count. Documents that say nothing pass.</remarks>
/// <param name="respect">Directives that drop a page, the reason being <c>robots_</c> and the directive; <c>none</c> on a page means noindex.</param>
[Stage("robots_meta")]
public sealed class RobotsMeta(IReadOnlyList<RobotsDirective>? respect = null) : Filter
{
    private readonly string[] _names = [.. (respect ?? [RobotsDirective.Noindex, RobotsDirective.Noai, RobotsDirective.Noimageai]).Distinct().Select(one => one.ToString().ToLowerInvariant())];

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        foreach (Measurement one in Measure(document))
        {
            if (!one.Passed)
                return Verdict.Drop(one.Rule, one.Value, one.Limit, $"the page says {document.Metadata["robots"]}");
        }
        return Verdict.Keep(document);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        if (!document.Metadata.TryGetValue("robots", out string? said))
            return [];
        string[] directives = said.ToLowerInvariant().Split([',', ';', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. _names.Select(name =>
        {
            int count = 0;
            for (int i = 0; i < directives.Length; i++)
                count += (directives[i] == name || (name == "noindex" && directives[i] == "none")) && !(i > 0 && directives[i - 1].EndsWith(':')) ? 1 : 0;
            return new Measurement($"robots_{name}", count, 0, count == 0);
        })];
    }
}

/// <summary>What a page may ask of programs that read it.</summary>
public enum RobotsDirective
{
    /// <summary>Not to be found by it.</summary>
    Noindex,

    /// <summary>Not to train models on it.</summary>
    Noai,

    /// <summary>Not to train models on its pictures.</summary>
    Noimageai,
}
