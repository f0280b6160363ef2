using System.Security.Cryptography;
using System.Text;
using DataPipeline.Core.Unicode;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Core;

public sealed class UnicodeNormalizerTests
{
    // Printed by src/Core/Unicode/make_normalization.py from Python's unicodedata 14.0.0: SHA-256 over every code point alone,
    // and over every code point among letters, marks and jamo that may combine with it.
    [Theory]
    [InlineData(UnicodeForm.Nfc, "9cc65524a9d8082bf10840c616cd199bd2ac12ee49a3381bd6fb7957711f342b", "f95b25d7db6017452a5c446523bff14b0efc5f7d92656051d99af753fc70f1d1")]
    [InlineData(UnicodeForm.Nfd, "b505598a484ab04ad1f0d3e9d772f4a536b012c63ec82132e4a7fba25a8d94f2", "6cece30a9f16f9baf2f7b90db7c80e4c98e1b326235082251bdde284b4f8c210")]
    [InlineData(UnicodeForm.Nfkc, "06e7277bca1b5f061a23d4e0caee648a132aee7e3fe7ae21a6f460298c980a11", "713a8d50e7ce35ec4b7372bafa0de0641f7cdf9ba8a8ac946892dd3f6662ce5c")]
    [InlineData(UnicodeForm.Nfkd, "d796bc2466011eef032f183cd5a0e9335aed43a191d6c20c137ee95f1fc98dc6", "97a954d043af4e1552a8d6e458daa6c727ef7a82d2fa8989c380055b1e02e7f9")]
    public void Normalize_EveryCodePoint_EqualsPython(UnicodeForm form, string aloneDigest, string amongDigest)
    {
        Assert.Equal("14.0.0", UnicodeNormalizer.UnicodeVersion);
        using var alone = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var among = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int c = 0; c < 0x110000; c++)
        {
            if (c is >= 0xD800 and <= 0xDFFF)
                continue;
            string text = char.ConvertFromUtf32(c);
            alone.AppendData(Encoding.UTF8.GetBytes(UnicodeNormalizer.Normalize(text, form) + "\n"));
            among.AppendData(Encoding.UTF8.GetBytes(UnicodeNormalizer.Normalize($"a\u0301{text}\u0323\u0301x\u1100{text}\u11A8", form) + "\n"));
        }
        Assert.Equal(aloneDigest, Convert.ToHexStringLower(alone.GetHashAndReset()));
        Assert.Equal(amongDigest, Convert.ToHexStringLower(among.GetHashAndReset()));
    }

    [Theory]
    [InlineData("e\u0301 A\u030A", UnicodeForm.Nfc, "\u00E9 \u00C5")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", UnicodeForm.Nfc, "한글")]
    [InlineData("한글", UnicodeForm.Nfd, "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("ﬁne Ｆｕｌｌ ①", UnicodeForm.Nfkc, "fine Full 1")]
    [InlineData("q\u0307\u0323", UnicodeForm.Nfc, "q\u0323\u0307")]
    [InlineData("x\uD800y\u0301\uDC00", UnicodeForm.Nfc, "x\uD800\u00FD\uDC00")]
    public void Normalize_KnownTexts_EqualsUnicode(string text, UnicodeForm form, string expected) =>
        Assert.Equal(expected, UnicodeNormalizer.Normalize(text, form));

    [Theory]
    [InlineData("plain ASCII text")]
    [InlineData("déjà vu, naïve Größe — “quoted” 中文 한국어 日本語 кириллица")]
    public void Normalize_NormalText_ReturnsTheSameString(string text) =>
        Assert.Same(text, UnicodeNormalizer.Normalize(text, UnicodeForm.Nfc));

    [Fact]
    public void Normalize_LongRunOfMarks_StaysFast()
    {
        string text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 100_000));
        Assert.Equal("\u1EA1" + new string('\u0323', 99_999) + new string('\u0301', 100_000), UnicodeNormalizer.Normalize(text, UnicodeForm.Nfc));
    }

    [Fact]
    public void Normalize_AnyText_IsIdempotentAndFormsAgree()
    {
        int[] points = [0x61, 0xE9, 0x300, 0x301, 0x323, 0x345, 0x1100, 0x1161, 0x11A8, 0xAC00, 0xAC01, 0x1EA1, 0x212B, 0xFB01, 0x2126, 0x958, 0x1D15E, 0x1D165, 0x110B9, 0x110BA, 0x4E2D, 0xD800];
        Arbitrary<string> texts = ArbMap.Default.ArbFor<int>().Generator.Select(n => points[(n & int.MaxValue) % points.Length])
            .Select(c => c is 0xD800 ? "\uD800" : char.ConvertFromUtf32(c)).ListOf().Select(list => string.Concat(list)).Resize(60).ToArbitrary();
        Prop.ForAll(texts, text =>
        {
            string composed = UnicodeNormalizer.Normalize(text, UnicodeForm.Nfc), decomposed = UnicodeNormalizer.Normalize(text, UnicodeForm.Nfd);
            return UnicodeNormalizer.IsNormalized(composed, UnicodeForm.Nfc) && UnicodeNormalizer.Normalize(composed, UnicodeForm.Nfd) == decomposed
                && UnicodeNormalizer.Normalize(decomposed, UnicodeForm.Nfc) == composed
                && UnicodeNormalizer.Normalize(text.AsSpan(), UnicodeForm.Nfc) == composed;
        }).QuickCheckThrowOnFailure();
    }
}
