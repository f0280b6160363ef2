using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Keeps source files by their licence, as The Stack does (Kocetkov et al. 2022, arXiv 2211.15533; Lozhkov et al. 2024, arXiv 2402.19173). What a file says of itself (SPDX tag, notice, the licence's text) counts before
/// the licence of its project, the metadata <c>license</c>, and is written into the metadata <c>file_license</c>.</summary>
/// <param name="permissive">Drop files under copyleft and other licences that are not permissive.</param>
/// <param name="known">Drop files of which no licence is known.</param>
[Stage("code_license")]
public sealed class CodeLicense(bool permissive = true, bool known = false) : Filter
{
    private const string Refused = "code_license_not_permissive", Unknown = "code_license_unknown";

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        string? own = LicenseText.OfSource(document.Text), license = own ?? OfProject(document);
        if (license is null && known)
            return Verdict.Drop(Unknown, 0, 1);
        if (license is not null && permissive && !LicenseText.IsPermissive(license))
            return Verdict.Drop(Refused, 0, 1, license);
        return Verdict.Keep(own is null ? document : document.With("file_license", own));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        string? license = LicenseText.OfSource(document.Text) ?? OfProject(document);
        bool allowed = license is null || LicenseText.IsPermissive(license);
        return [new(Unknown, license is null ? 0 : 1, 1, license is not null || !known), new(Refused, allowed ? 1 : 0, 1, allowed || !permissive)];
    }

    private static string? OfProject(Document document) => document.Metadata.TryGetValue("license", out string? license) && license.Length > 0 ? license : null;
}
