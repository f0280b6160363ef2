using System.Collections.Frozen;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops copies of other projects and what a build made, by the folders in the metadata <c>path</c>, as The Stack v2 leaves out vendored files (Lozhkov et al. 2024, arXiv 2402.19173): such files are in the corpus
/// many times. Documents without a path pass.</summary>
/// <param name="folders">More names of folders, without case.</param>
[Stage("code_vendored")]
public sealed class CodeVendored(IReadOnlyList<string>? folders = null) : RuleFilter
{
    private static readonly string[] Common =
    [
        "node_modules", "bower_components", "jspm_packages", "web_modules", "vendor", "vendors", "vendored", "_vendor", "third_party", "third-party", "thirdparty", "3rdparty", "3rd-party", "3rd_party",
        "external", "externals", "extern", "dist", "godeps", "_workspace", "pods", "carthage", ".yarn", ".pnpm", ".nuget", "site-packages", "dist-packages", "__pycache__", ".gradle", ".mvn", "gradle-wrapper", "deps",
        ".bundle", ".cargo", "build-aux", "autom4te.cache",
    ];

    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _folders = Common.Concat(folders ?? []).ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private protected override void Check(Document document, ref RuleLog log)
    {
        bool found = false;
        ReadOnlySpan<char> path = document.Metadata.TryGetValue("path", out string? given) ? given : "";
        for (int end = path.IndexOfAny('/', '\\'); end >= 0 && !found; end = path.IndexOfAny('/', '\\'))
        {
            found = _folders.Contains(path[..end]);
            path = path[(end + 1)..];
        }
        log.Above("code_vendored", found ? 1 : 0, 0);
    }
}
