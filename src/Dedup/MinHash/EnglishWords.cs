using System.Text;

namespace DataPipeline.Dedup.MinHash;

/// <summary>Words as spaCy's rules for English find them in a text that datatrove has simplified: those between spaces, of which contractions (<c>cannot</c>, <c>dont</c>, <c>im</c>) are
/// several, and units of measure behind a number (<c>0km</c>) stand alone. Symbols beside letters, such as emoji, stay with them, where spaCy parts them.</summary>
internal static class EnglishWords
{
    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Contractions = BuildContractions().GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Units = new HashSet<string>(
        ("km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz kmh mph mbar mb kb gb tb").Split(' ')).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A text with more spaces.</summary>
    /// <param name="simple">What <see cref="DatatroveText.Simplify"/> gives.</param>
    public static string Cut(string simple)
    {
        var cut = new StringBuilder(simple.Length + 16);
        foreach (Range range in simple.AsSpan().Split(' '))
        {
            ReadOnlySpan<char> word = simple.AsSpan()[range];
            int digit = word.LastIndexOf('0');
            if (cut.Length > 0)
                cut.Append(' ');
            if (Contractions.TryGetValue(word, out string? words))
                cut.Append(words);
            else if (digit >= 0 && Units.Contains(word[(digit + 1)..]))
                cut.Append(word[..(digit + 1)]).Append(' ').Append(word[(digit + 1)..]);
            else
                cut.Append(word);
        }
        return cut.ToString();
    }

    private static Dictionary<string, string> BuildContractions()
    {
        var all = new Dictionary<string, string>();
        Add("i", "m", "m a");
        Add("i you he she it we they", "ll", "ll ve", "d", "d ve");
        Add("i you we they", "ve");
        Add("you we they", "re");
        Add("he she it", "s");
        Add("who what when where why how there that", "s", "ll", "ll ve", "re", "ve", "d", "d ve");
        Add("ca could do does did had may might must need ought sha should wo would", "nt", "nt ve");
        Add("could might must should would", "ve");
        Add("ai are is was were have has dare", "nt");
        Add("y", "all");
        Add("not", "ve");
        Add("can", "not");
        Add("gon", "na");
        Add("got", "ta");
        // Words of their own.
        foreach (string word in (string[])["ill", "its", "hell", "shell", "shed", "were", "well", "whore"])
            all.Remove(word);
        return all;

        void Add(string words, params ReadOnlySpan<string> ends)
        {
            foreach (string word in words.Split(' '))
            {
                foreach (string end in ends)
                    all[word + end.Replace(" ", "")] = $"{word} {end}";
            }
        }
    }
}
