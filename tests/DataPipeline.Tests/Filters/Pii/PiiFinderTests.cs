using DataPipeline.Core;
using DataPipeline.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Filters.Pii;

public sealed class PiiFinderTests
{
    private static readonly string[] Alphabet =
        ["a", "Z", "_", " ", " ", "\n", ".", ",", "-", "/", ":", "=", "@", "(", ")", "+", "#", "\"", "0", "1", "12", "138", "0013", "8000", "13800138000", "4111", "1111", "4111111111111111",
         "555", "0187", "212", "a@b.org", "x@", "8.8.8.8", "2001:4860::", "::", "DE89", "3704 0044 0532 0130 00", "DE89370400440532013000", "123-45-6789", "11010519491231002X",
         "phone ", "电话", "password", "token=", "hunter2Abc", "isbn ", "http://", "AKIA", "IOSFODNN7EXAMPLE", "eyJ", "-----BEGIN ", "PRIVATE KEY-----", "x12",
         "１３８００１３８０００", "１", "＠", "：", "＋", "　", "（", "中", "文", "。", "é", "𝒜", "𠀀", "\uD800", "\uDC00", "\u0301", "<PHONE_NUMBER>"];

    private static readonly Arbitrary<string> Texts = ArbMap.Default.ArbFor<int>().Generator.Select(n => Alphabet[(n & int.MaxValue) % Alphabet.Length])
        .ListOf().Select(list => string.Concat(list)).Resize(60).ToArbitrary();

    private static readonly PiiFinder Finder = new(PiiFinder.All, publicOnly: true);

    [Fact]
    public void NextAnchor_AnyText_EqualsScalarTwin() => Prop.ForAll(Texts, text =>
        Enumerable.Range(0, text.Length + 1).All(from => PiiFinder.NextAnchor(text, from) == PiiFinder.NextAnchorOneByOne(text, from))).QuickCheckThrowOnFailure();

    [Fact]
    public void NextAnchor_EveryCharacter_IsOneOfThe34()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            string text = new((char)c, 40);
            bool expected = c is (>= 0x30 and <= 0x40) or (>= 0xFF10 and <= 0xFF20);
            Assert.Equal(expected ? 0 : 40, PiiFinder.NextAnchor(text, 0));
        }
    }

    [Fact]
    public void Find_AnyText_GivesValuesInOrderThatStandAlone()
    {
        Prop.ForAll(Texts, text =>
        {
            int end = 0;
            foreach (PiiMatch match in Finder.Find(text) ?? [])
            {
                if (match.Place.Start < end || match.Place.Length == 0 || match.Place.End > text.Length)
                    return false;
                end = match.Place.End;
                string value = text.Substring(match.Place.Start, match.Place.Length);
                // What needs no word beside it is found by itself just as well, whole.
                if (match.Scanner.Kind is "email" or "ipv4" or "ipv6" or "iban" or "cn_resident_id" or "credit_card" or "cn_mobile"
                    && (Finder.Find(value) is not [var alone] || alone.Place != new Slice(0, value.Length) || alone.Scanner != match.Scanner))
                    return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Judge_AnyText_LeavesNothingButStandIns()
    {
        var filter = new MaskPii();
        Prop.ForAll(Texts, text =>
        {
            Document masked = filter.Judge(Golden.Document(text)).Document!;
            bool clean = (Finder.Find(masked.Text) ?? []).All(match => match.Scanner.StandIns.Contains(masked.Text.Substring(match.Place.Start, match.Place.Length)));
            return clean && filter.Judge(Golden.Document(masked.Text)).Document!.Text == masked.Text;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Find_Overlaps_LeftmostThenLongestThenRank()
    {
        // The mobile number is the beginning of the address; both begin the telephone number; the account begins before the telephone number.
        Assert.Equal([("email", "13800138000@qq.com")], Found("13800138000@qq.com"));
        Assert.Equal([("cn_mobile", "+86 138 0013 8000")], Found("+86 138 0013 8000"));
        Assert.Equal([("iban", "DE89 3704 0044 0532 0130 00")], Found("DE89 3704 0044 0532 0130 00"));
        Assert.Equal([("cn_resident_id", "440524188001010014")], Found("440524188001010014"));
    }

    private static IEnumerable<(string, string)> Found(string text) => Finder.Find(text)!.Select(match => (match.Scanner.Kind, text.Substring(match.Place.Start, match.Place.Length)));
}
