using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Filters;

/// <summary>Texts to compare a filter and its twin on: random ones of given pieces, and what people wrote in the samples of the repository.</summary>
internal static class Texts
{
    private static readonly string[] Files = ["books/heyan-zaji.txt", "books/the-keeper-of-the-small-light.txt", "README.md", "dialogue/dialogues.jsonl"];

    /// <summary>Pages of the samples: English and Chinese prose, Markdown, JSON lines.</summary>
    public static IEnumerable<string> Real()
    {
        foreach (string file in Files)
        {
            string text = File.ReadAllText(Path.Combine(Requirements.Root, "samples", file)).ReplaceLineEndings("\n");
            for (int start = 0; start < text.Length; start += 3000)
                yield return text.Substring(start, Math.Min(3000, text.Length - start));
        }
    }

    /// <summary>Random texts of up to so many pieces of an alphabet.</summary>
    public static Arbitrary<string> Of(string[] alphabet, int size, string separator = "") => ArbMap.Default.ArbFor<int>().Generator
        .Select(n => alphabet[(n & int.MaxValue) % alphabet.Length]).ListOf().Select(list => string.Join(separator, list)).Resize(size).ToArbitrary();

    /// <summary>Asks something of random texts and of real ones.</summary>
    public static void Check(Arbitrary<string> random, Action<string> check)
    {
        foreach (string text in Real())
            check(text);
        Prop.ForAll(random, check).QuickCheckThrowOnFailure();
    }
}
