using System.Numerics;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Pii;

/// <summary>Check digits against twins that follow the words of the standards, and against published numbers.</summary>
public sealed class CheckDigitTests
{
    [Fact]
    public void PassesLuhn_EqualsTwin()
    {
        for (int number = 0; number < 20_000; number++)
        {
            string text = (number * 7919L).ToString();
            // Annex B of ISO/IEC 7812-1: double every second digit from the right, add the digits of the products and the rest.
            int sum = text.Reverse().Select((c, i) => i % 2 == 1 ? ((c - '0') * 2).ToString().Sum(digit => digit - '0') : c - '0').Sum();
            Assert.Equal(sum % 10 == 0, CreditCardScanner.PassesLuhn(DigitsOf(text)));
        }
    }

    [Fact]
    public void IsCard_EveryLastDigit_OnePasses()
    {
        foreach (string start in (string[])["411111111111111", "37828224631000", "353011133330000", "3056930902590", "675964982643845", "620000000000000000"])
            Assert.Equal(1, Enumerable.Range(0, 10).Count(last => CreditCardScanner.IsCard(DigitsOf(start + last))));
        foreach (string unissued in (string[])["0000000000000000", "7992739871300000", "350000000000000", "8888888888888888"])
            Assert.Equal(0, Enumerable.Range(0, 10).Count(last => CreditCardScanner.IsCard(DigitsOf(unissued[..^1] + last))));
    }

    [Fact]
    public void IbanIsValid_EqualsTwin()
    {
        foreach (string country in (string[])["GB", "DE", "FR", "MT"])
        {
            for (int check = 0; check < 100; check++)
            {
                foreach (string account in (string[])["WEST12345698765432", "370400440532013000", "20041010050500013M02606"])
                {
                    string iban = $"{country}{check:D2}{account}";
                    string digits = string.Concat((iban[4..] + iban[..4]).Select(c => char.IsAsciiDigit(c) ? c.ToString() : (c - 'A' + 10).ToString()));
                    bool expected = BigInteger.Parse(digits) % 97 == 1 && check is >= 2 and <= 98;
                    Assert.Equal(expected, IbanScanner.IsValid(iban));
                }
            }
        }
    }

    [Fact]
    public void ResidentIdIsValid_EqualsTwin()
    {
        // GB 11643-1999, table of weights and of check characters.
        int[] weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        for (int order = 0; order < 1000; order++)
        {
            string body = $"3101151990022{order % 10}{order:D3}"[..17].PadRight(17, '0');
            bool realDate = DateTime.TryParseExact(body[6..14], "yyyyMMdd", null, System.Globalization.DateTimeStyles.None, out _);
            char check = "10X98765432"[body.Select((c, i) => (c - '0') * weights[i]).Sum() % 11];
            foreach (char last in "0123456789X")
                Assert.Equal(realDate && last == check, CnResidentIdScanner.IsValid(body + last));
        }
    }

    [Fact]
    public void SsnIsIssued_EqualsTwin()
    {
        foreach (int area in (int[])[0, 1, 665, 666, 667, 899, 900, 999, 78, 219])
        {
            foreach ((int group, int serial) in ((int, int)[])[(0, 1), (1, 0), (1, 1), (99, 9999), (5, 1120), (9, 9999)])
            {
                bool expected = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && (area, group, serial) != (78, 5, 1120) && (area, group, serial) != (219, 9, 9999);
                Assert.Equal(expected, UsSsnScanner.IsIssued(DigitsOf($"{area:D3}{group:D2}{serial:D4}")));
            }
        }
    }

    [Fact]
    public void IsCountryCode_KnowsEveryZone()
    {
        Assert.All((int[])[1, 7, 20, 33, 44, 49, 81, 82, 86, 91, 351, 358, 420, 852, 886, 971, 998], code => Assert.True(PhoneForms.IsCountryCode(code)));
        Assert.All((int[])[0, 2, 3, 21, 83, 99, 210, 384, 425, 999], code => Assert.False(PhoneForms.IsCountryCode(code)));
    }

    private static byte[] DigitsOf(string text) => [.. text.Select(c => (byte)(c - '0'))];
}
