using System.Text;
using System.Text.RegularExpressions;
using DataPipeline.Tokens.PreTokenize;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

/// <summary>The hand-written scanners against .NET's Regex, on characters of the basic plane (above it Regex sees surrogates, not letters).</summary>
public sealed class SplitPatternTests
{
    // Characters on which the alternatives turn: letters of each case and kind, marks, digits, apostrophes, spaces, new lines, slashes.
    private static readonly string[] Atoms =
    [
        "a", "s", "t", "re", "ve", "ll", "d", "A", "S", "LL", "Z", "\u01C5", "\u02B0", "\u4E2D", "\u0E01", "\u0301", "\u0E31", "1", "23", "\u0663", "\u00BD",
        "'", "'", "\u2019", "'s", "'S", "'\u017F", "'RE", "'ll", "\u017F", " ", " ", "  ", "\t", "\n", "\r", "\r\n", "\u00A0", "\u3000", "\u2028", "\u0085",
        "/", ".", ",", "!", "\u20AC", "\u00E9", "\u00C9", "\u200D", "_", "\uFFFD",
    ];

    [Theory]
    [InlineData(SplitPatternKind.Gpt2)]
    [InlineData(SplitPatternKind.Cl100k)]
    [InlineData(SplitPatternKind.O200k)]
    [InlineData(SplitPatternKind.Qwen)]
    public void Next_AnyText_SplitsAsTheRegex(SplitPatternKind kind)
    {
        // Rust and Oniguruma fold U+017F to s; .NET does not.
        Regex regex = new(SplitPattern.TextOf(kind).Replace("(?i:'s|", "(?i:'s|'\u017F|", StringComparison.Ordinal));
        Gen<string> texts = Gen.Elements(Atoms).ListOf().Select(string.Concat);
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            string[] expected = [.. regex.Matches(text).Select(match => match.Value)];
            string[] pieces = [.. Split(kind, Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString)];
            return pieces.SequenceEqual(expected)
                .Label($"{Regex.Escape(text)}: {string.Join('|', pieces)} instead of {string.Join('|', expected)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4_000).WithEndSize(30));
    }

    [Theory]
    [InlineData(SplitPatternKind.Cl100k)]
    [InlineData(SplitPatternKind.O200k)]
    public void Next_AstralLetters_AreLetters(SplitPatternKind kind)
    {
        byte[] text = Encoding.UTF8.GetBytes("\U00010400\U00020000 \U0001D54F\U0001F600");
        Assert.Equal(["\U00010400\U00020000", " \U0001D54F", "\U0001F600"], Split(kind, text).Select(Encoding.UTF8.GetString));
    }

    [Theory]
    [InlineData(SplitPatternKind.Gpt2)]
    [InlineData(SplitPatternKind.Cl100k)]
    [InlineData(SplitPatternKind.O200k)]
    [InlineData(SplitPatternKind.Qwen)]
    public void Next_AnyBytes_CoversThemAll(SplitPatternKind kind) =>
        Prop.ForAll(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary(),
            bytes => Split(kind, bytes).SelectMany(piece => piece).SequenceEqual(bytes)).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static List<byte[]> Split(SplitPatternKind kind, byte[] text) => kind switch
    {
        SplitPatternKind.Gpt2 => Split<Gpt2Scanner>(text),
        SplitPatternKind.Cl100k => Split<Cl100kScanner>(text),
        SplitPatternKind.O200k => Split<O200kScanner>(text),
        _ => Split<QwenScanner>(text),
    };

    private static unsafe List<byte[]> Split<TScanner>(byte[] text) where TScanner : struct, IScanner
    {
        List<byte[]> pieces = [];
        fixed (byte* start = text)
        {
            for (byte* p = start; p < start + text.Length;)
            {
                byte* next = TScanner.Next(p, start + text.Length);
                pieces.Add(text[(int)(p - start)..(int)(next - start)]);
                p = next;
            }
        }
        return pieces;
    }
}
