using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Chinese resident identity numbers (GB 11643-1999): 17 digits of province, place, day of birth and order, and a check character by ISO 7064 MOD 11-2.
/// The form of 15 digits has no check digit and is left alone.</summary>
internal sealed class CnResidentIdScanner : PiiScanner
{
    private const int Length = 18, FirstYear = 1850, LastYear = 2099;

    public override string Kind => "cn_resident_id";

    public override int Rank => 60;

    public override IReadOnlyList<string> StandIns { get; } = ["<CN_RESIDENT_ID>"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        if (at + Length > text.Length || !PiiText.BeginsAlone(text, at))
            return default;
        Span<char> id = stackalloc char[Length];
        for (int i = 0; i < Length; i++)
            id[i] = char.ToUpperInvariant(PiiText.At(text, at + i));
        return IsValid(id) && PiiText.EndsAlone(text, at + Length) ? new Slice(at, Length) : default;
    }

    /// <summary>True for 18 characters with a province's code, a real date and the right check character.</summary>
    internal static bool IsValid(ReadOnlySpan<char> id)
    {
        if (id[..17].ContainsAnyExceptInRange('0', '9') || !IsProvince(Number(id[..2])))
            return false;
        int year = Number(id[6..10]), month = Number(id[10..12]), day = Number(id[12..14]);
        if (year is < FirstYear or > LastYear || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        // The weights are powers of 2 modulo 11, so the sum is built by doubling.
        int sum = 0;
        foreach (char c in id[..17])
            sum = (sum + c - '0') * 2 % 11;
        return "10X98765432"[sum] == id[17];
    }

    // GB/T 2260; 81 to 83 stand on residence permits of Hong Kong, Macao and Taiwan.
    private static bool IsProvince(int code) =>
        code is (>= 11 and <= 15) or (>= 21 and <= 23) or (>= 31 and <= 37) or (>= 41 and <= 46) or (>= 50 and <= 54) or (>= 61 and <= 65) or 71 or (>= 81 and <= 83);

    private static int Number(ReadOnlySpan<char> digits)
    {
        int value = 0;
        foreach (char c in digits)
            value = value * 10 + c - '0';
        return value;
    }
}
