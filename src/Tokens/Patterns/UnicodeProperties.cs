using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using static System.Globalization.UnicodeCategory;

namespace DataPipeline.Tokens.Patterns;

/// <summary>Sets of code points by the names that <c>\p{...}</c> and <c>[:...:]</c> give them, Unicode 16.</summary>
/// <remarks>General categories are the runtime's; scripts and the derived properties are read from <c>properties.txt</c>, made by <c>make_properties.js</c>.</remarks>
internal static class UnicodeProperties
{
    private static readonly UnicodeCategory[][] CategorySets =
    [
        [UppercaseLetter, LowercaseLetter, TitlecaseLetter, ModifierLetter, OtherLetter],
        [NonSpacingMark, SpacingCombiningMark, EnclosingMark],
        [DecimalDigitNumber, LetterNumber, OtherNumber],
        [ConnectorPunctuation, DashPunctuation, OpenPunctuation, ClosePunctuation, InitialQuotePunctuation, FinalQuotePunctuation, OtherPunctuation],
        [MathSymbol, CurrencySymbol, ModifierSymbol, OtherSymbol],
        [SpaceSeparator, LineSeparator, ParagraphSeparator],
        [Control, Format, PrivateUse, OtherNotAssigned, Surrogate],
        [UppercaseLetter, LowercaseLetter, TitlecaseLetter],
    ];

    private static readonly Dictionary<string, UnicodeCategory[]> Categories = new(StringComparer.Ordinal)
    {
        ["l"] = CategorySets[0], ["letter"] = CategorySets[0],
        ["m"] = CategorySets[1], ["mark"] = CategorySets[1], ["combiningmark"] = CategorySets[1],
        ["n"] = CategorySets[2], ["number"] = CategorySets[2],
        ["p"] = CategorySets[3], ["punctuation"] = CategorySets[3], ["punct"] = CategorySets[3],
        ["s"] = CategorySets[4], ["symbol"] = CategorySets[4],
        ["z"] = CategorySets[5], ["separator"] = CategorySets[5],
        ["c"] = CategorySets[6], ["other"] = CategorySets[6],
        ["lc"] = CategorySets[7], ["casedletter"] = CategorySets[7],
        ["lu"] = [UppercaseLetter], ["uppercaseletter"] = [UppercaseLetter],
        ["ll"] = [LowercaseLetter], ["lowercaseletter"] = [LowercaseLetter],
        ["lt"] = [TitlecaseLetter], ["titlecaseletter"] = [TitlecaseLetter],
        ["lm"] = [ModifierLetter], ["modifierletter"] = [ModifierLetter],
        ["lo"] = [OtherLetter], ["otherletter"] = [OtherLetter],
        ["mn"] = [NonSpacingMark], ["nonspacingmark"] = [NonSpacingMark],
        ["mc"] = [SpacingCombiningMark], ["spacingmark"] = [SpacingCombiningMark],
        ["me"] = [EnclosingMark], ["enclosingmark"] = [EnclosingMark],
        ["nd"] = [DecimalDigitNumber], ["decimalnumber"] = [DecimalDigitNumber], ["digit"] = [DecimalDigitNumber],
        ["nl"] = [LetterNumber], ["letternumber"] = [LetterNumber],
        ["no"] = [OtherNumber], ["othernumber"] = [OtherNumber],
        ["pc"] = [ConnectorPunctuation], ["connectorpunctuation"] = [ConnectorPunctuation],
        ["pd"] = [DashPunctuation], ["dashpunctuation"] = [DashPunctuation],
        ["ps"] = [OpenPunctuation], ["openpunctuation"] = [OpenPunctuation],
        ["pe"] = [ClosePunctuation], ["closepunctuation"] = [ClosePunctuation],
        ["pi"] = [InitialQuotePunctuation], ["initialpunctuation"] = [InitialQuotePunctuation],
        ["pf"] = [FinalQuotePunctuation], ["finalpunctuation"] = [FinalQuotePunctuation],
        ["po"] = [OtherPunctuation], ["otherpunctuation"] = [OtherPunctuation],
        ["sm"] = [MathSymbol], ["mathsymbol"] = [MathSymbol],
        ["sc"] = [CurrencySymbol], ["currencysymbol"] = [CurrencySymbol],
        ["sk"] = [ModifierSymbol], ["modifiersymbol"] = [ModifierSymbol],
        ["so"] = [OtherSymbol], ["othersymbol"] = [OtherSymbol],
        ["zs"] = [SpaceSeparator], ["spaceseparator"] = [SpaceSeparator],
        ["zl"] = [LineSeparator], ["lineseparator"] = [LineSeparator],
        ["zp"] = [ParagraphSeparator], ["paragraphseparator"] = [ParagraphSeparator],
        ["cc"] = [Control], ["control"] = [Control], ["cntrl"] = [Control],
        ["cf"] = [Format], ["format"] = [Format],
        ["co"] = [PrivateUse], ["privateuse"] = [PrivateUse],
        ["cn"] = [OtherNotAssigned], ["unassigned"] = [OtherNotAssigned],
    };

    private static readonly Lazy<Dictionary<string, CodePointSet>> Listed = new(Read);
    private static readonly ConcurrentDictionary<string, CodePointSet?> Made = new(StringComparer.Ordinal);

    /// <summary>White_Space.</summary>
    public static CodePointSet Space { get; } = CodePointSet.OfRanges(9, 13, 32, 32, 0x85, 0x85, 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A,
        0x2028, 0x2029, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000);

    /// <summary>The set of a name, whose case, spaces, hyphens and low lines do not matter; null for an unknown name. Not to be changed.</summary>
    public static CodePointSet? Find(string name) =>
        Made.GetOrAdd(string.Concat(name.Where(c => c is not (' ' or '_' or '-'))).ToLowerInvariant(), Make);

    private static CodePointSet? Make(string name)
    {
        if (Categories.TryGetValue(name, out UnicodeCategory[]? categories))
        {
            CodePointSet set = CodePointSet.Of(categories);
            // Text never holds surrogates.
            return set.Remove(0xD800, 0xDFFF);
        }
        return name switch
        {
            "any" => new CodePointSet().Add(0, CodePointSet.Limit - 1),
            "ascii" => new CodePointSet().Add(0, 127),
            "assigned" => Find("cn")!.Copy().Invert(),
            "space" or "whitespace" => Space,
            "blank" => Find("zs")!.Copy().Add('\t'),
            "xdigit" => CodePointSet.OfRanges('0', '9', 'A', 'F', 'a', 'f'),
            "alpha" => Find("alphabetic"),
            "alnum" => Find("alphabetic")!.Copy().Add(Find("nd")!),
            "upper" => Find("uppercase"),
            "lower" => Find("lowercase"),
            "word" => Find("alphabetic")!.Copy().Add(Find("m")!).Add(Find("nd")!).Add(Find("pc")!),
            "graph" => Find("cn")!.Copy().Add(Find("cc")!).Add(Space).Add(0xD800, 0xDFFF).Invert(),
            "print" => Find("graph")!.Copy().Add(Find("zs")!),
            _ => Listed.Value.GetValueOrDefault(name),
        };
    }

    private static Dictionary<string, CodePointSet> Read()
    {
        Dictionary<string, CodePointSet> sets = new(StringComparer.Ordinal);
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("properties.txt")!;
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            int space = line.IndexOf(' ');
            CodePointSet set = new();
            foreach (string range in line[(space + 1)..].Split(','))
            {
                int dash = range.IndexOf('-');
                int first = int.Parse(dash < 0 ? range : range[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                set.Add(first, dash < 0 ? first : int.Parse(range[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
            sets[line[..space]] = set;
        }
        return sets;
    }
}
