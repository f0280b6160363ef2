using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Replaces personal data by stand-ins: e-mail and IP addresses, telephone numbers, payment cards, bank accounts, identity numbers, keys and secrets
/// (docs/pii.md has every rule). Counts each kind in the metadata <c>pii_email</c>, <c>pii_phone</c> and so on.</summary>
/// <remarks>Within a document the same value has the same stand-in; nothing is carried from document to document. Masking one value may clear the way for its
/// neighbour, so it is repeated until nothing is found but stand-ins.</remarks>
[Stage("mask_pii")]
public sealed class MaskPii : Filter
{
    private const string TooMany = "pii_too_many_values";
    private const int MostRounds = 8;

    private readonly PiiFinder _finder;
    private readonly PiiBoundaries _boundaries;
    private readonly int _maxValues;
    private readonly Dictionary<string, IReadOnlyList<string>> _standIns;

    /// <summary>Makes the stage.</summary>
    /// <param name="kinds">What to replace, of <c>email</c>, <c>ipv4</c>, <c>ipv6</c>, <c>phone</c>, <c>credit_card</c>, <c>iban</c>, <c>us_ssn</c>, <c>cn_resident_id</c>,
    /// <c>cn_mobile</c>, <c>secret</c>; left out: all, by datatrove's boundaries its two.</param>
    /// <param name="publicOnly">Leave addresses of private, reserved and documentation networks alone.</param>
    /// <param name="boundaries"><c>exact</c> finds values beside Chinese characters and leaves version numbers alone; <c>datatrove</c> replaces what datatrove does, and only its two kinds.</param>
    /// <param name="replacements">Stand-ins by kind, one or a list to take in turn, such as <c>{ phone: "[phone]" }</c>; <c>{n}</c> in one becomes the number of the value in the document.</param>
    /// <param name="maxValues">Drop documents with more values than this (Dolma: 5).</param>
    public MaskPii(
        IReadOnlyList<string>? kinds = null, bool publicOnly = true, PiiBoundaries boundaries = PiiBoundaries.Exact,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? replacements = null, [Range(0, int.MaxValue)] int maxValues = int.MaxValue)
    {
        (_boundaries, _maxValues) = (boundaries, maxValues);
        string[] known = [.. PiiFinder.All.Select(scanner => scanner.Kind).Where(kind => boundaries == PiiBoundaries.Exact || kind is "email" or "ipv4")];
        foreach (string name in (kinds ?? []).Concat(replacements?.Keys ?? []))
        {
            if (!known.Contains(name))
                throw new ConfigurationException($"mask_pii: there is no kind `{name}`{(boundaries == PiiBoundaries.Datatrove ? " by datatrove's boundaries" : "")}{Mistakes.Suggest(name, known)}");
        }
        if (replacements?.FirstOrDefault(pair => pair.Value.Count == 0).Key is { } empty)
            throw new ConfigurationException($"mask_pii: `replacements` has an empty list for `{empty}`; give [\"\"] to cut the values out");
        _finder = new PiiFinder([.. PiiFinder.All.Where(scanner => (kinds ?? known).Contains(scanner.Kind))], publicOnly);
        _standIns = _finder.Scanners.ToDictionary(scanner => scanner.Kind, scanner => replacements?.GetValueOrDefault(scanner.Kind) ?? scanner.StandIns);
    }

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        (Document masked, SortedDictionary<string, int>? counts) = Mask(document);
        if (counts is null)
            return Verdict.Keep(document);
        int total = counts.Values.Sum();
        if (total > _maxValues)
            return Verdict.Drop(TooMany, total, _maxValues);
        foreach ((string kind, int count) in counts)
            masked = masked.With("pii_" + kind, count.ToString());
        return Verdict.Keep(masked);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        SortedDictionary<string, int>? counts = Mask(document).Counts;
        int total = counts?.Values.Sum() ?? 0;
        return [.. _finder.Scanners.Select(scanner => new Measurement("pii_" + scanner.Kind, counts?.GetValueOrDefault(scanner.Kind) ?? 0, double.PositiveInfinity, true)),
            new Measurement(TooMany, total, _maxValues, total <= _maxValues)];
    }

    private (Document Masked, SortedDictionary<string, int>? Counts) Mask(Document document)
    {
        SortedDictionary<string, int>? counts = null;
        Dictionary<string, GivenStandIns>? given = null;
        Document masked = _boundaries == PiiBoundaries.Datatrove ? document.MapText(MaskAsDatatrove) : document.MapText(MaskText);
        return (masked, counts);

        string MaskAsDatatrove(string text)
        {
            foreach (PiiScanner scanner in _finder.Scanners)
            {
                int count = counts?.GetValueOrDefault(scanner.Kind) ?? 0, before = count;
                text = scanner.Kind == "email" ? DatatrovePii.MaskEmails(text, _standIns["email"], ref count) : DatatrovePii.MaskIpv4(text, _standIns["ipv4"], ref count);
                if (count > before)
                    (counts ??= new(StringComparer.Ordinal))[scanner.Kind] = count;
            }
            return text;
        }

        string MaskText(string text)
        {
            for (int round = 0; round < MostRounds && _finder.Find(text) is { } found; round++)
            {
                StringBuilder? result = null;
                int done = 0;
                foreach (PiiMatch match in found)
                {
                    string kind = match.Scanner.Kind, value = text.Substring(match.Place.Start, match.Place.Length);
                    given ??= _finder.Scanners.ToDictionary(scanner => scanner.Kind, scanner => new GivenStandIns(_standIns[scanner.Kind]));
                    if (given[kind].IsOne(value))
                        continue;
                    (result ??= new StringBuilder(text.Length)).Append(text, done, match.Place.Start - done).Append(given[kind].For(value));
                    done = match.Place.End;
                    counts ??= new(StringComparer.Ordinal);
                    counts[kind] = counts.GetValueOrDefault(kind) + 1;
                }
                if (result is null)
                    break;
                text = result.Append(text, done, text.Length - done).ToString();
            }
            return text;
        }
    }
}

/// <summary>The stand-ins of one kind in one document.</summary>
internal sealed class GivenStandIns(IReadOnlyList<string> standIns)
{
    private readonly Dictionary<string, string> _byValue = new(StringComparer.Ordinal);
    private readonly HashSet<string> _made = new(standIns, StringComparer.Ordinal);

    /// <summary>True for what an earlier round, or an earlier run, put in the place of a value.</summary>
    public bool IsOne(string value) => _made.Contains(value);

    /// <summary>The same for the same value, else the next in turn.</summary>
    public string For(string value)
    {
        if (_byValue.TryGetValue(value, out string? standIn))
            return standIn;
        standIn = standIns[_byValue.Count % standIns.Count].Replace("{n}", (_byValue.Count + 1).ToString(), StringComparison.Ordinal);
        _byValue.Add(value, standIn);
        _made.Add(standIn);
        return standIn;
    }
}

/// <summary>Where a value may begin and end.</summary>
public enum PiiBoundaries
{
    /// <summary>Beside any character that cannot belong to a value, Chinese ones too; numbers with more parts than an address are none.</summary>
    Exact,

    /// <summary>As datatrove's patterns: no e-mail directly behind a letter of any script, and four numbers anywhere in a longer one; each value takes the next stand-in.</summary>
    Datatrove,
}
