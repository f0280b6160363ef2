using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Telephone numbers by their form: international (<c>+</c> or 00 and a country's code), North American, with the 0 of national numbers in Europe, China and
/// elsewhere, Chinese service numbers. Forms that dates, prices and other numbers share count only beside a word such as "phone", "fax" or 电话.</summary>
/// <remarks>No number behind "ISBN", "DOI" or the like, behind <c>#</c> or a currency sign, inside the address of a page, or in a row of other numbers.</remarks>
internal sealed class PhoneScanner : PiiScanner
{
    private const string Separators = " -./(", NoStart = "/=&?#_%$€£¥\\*";
    private const int Window = 24, LongestExtension = 6;

    private static readonly SearchValues<string> Words = SearchValues.Create(
        ["phone", "phones", "telephone", "telephones", "tel", "tels", "mobile", "cell", "cellphone", "fax", "call", "calls", "calling", "called", "dial", "ring", "hotline", "helpline", "landline",
         "pager", "sms", "whatsapp", "contact", "office", "ph", "mob", "telefon", "téléphone", "telephon", "telefoon", "telefono", "teléfono", "telefone", "tél", "tlf", "puhelin", "handy",
         "portable", "móvil", "celular", "cellulare", "mobil", "telefax", "тел", "телефон", "моб", "电话", "電話", "手机", "手機", "传真", "傳真", "座机", "热线", "熱線", "联系", "聯繫", "致电", "拨打",
         "携帯", "전화", "휴대폰", "팩스"], StringComparison.OrdinalIgnoreCase);

    public override string Kind => "phone";

    public override int Rank => 100;

    public override IReadOnlyList<string> StandIns { get; } = ["<PHONE_NUMBER>"];

    public override string Anchors => "0";

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        int start = at;
        bool bracket = start > floor && PiiText.At(text, start - 1) == '(';
        start -= bracket ? 1 : 0;
        bool plus = start > floor && PiiText.At(text, start - 1) == '+';
        start -= plus ? 1 : 0;
        char before = PiiText.At(text, start - 1);
        if (PiiText.IsWord(before) || before == '+' || (!plus && (NoStart.Contains(before) || !PiiText.BeginsAlone(text, start))))
            return default;
        Span<byte> digits = stackalloc byte[DigitGroups.MostDigits];
        Span<DigitGroup> groups = stackalloc DigitGroup[DigitGroups.Most];
        int count = DigitGroups.Read(text, at, digits, groups, Separators, bracket);
        if (count == 0 || groups[count - 1].DigitsSoFar < PhoneForms.Shortest)
            return default;
        // In a row of numbers only a form that nothing else has.
        bool inRow = start - 2 >= floor && before == ' ' && PiiText.IsDigit(text, start - 2);
        bool labelled = PiiText.Follows(text, start, Words, Window);
        for (; count > 0; count--)
        {
            ReadOnlySpan<DigitGroup> some = groups[..count];
            int end = some[^1].End;
            PhoneForm form = PhoneForms.Of(digits[..some[^1].DigitsSoFar], some, plus);
            if (form == PhoneForm.None || !EndsNumber(text, ref end))
                continue;
            bool followed = PiiText.At(text, end) == ' ' && char.IsBetween(PiiText.At(text, end + 1), '1', '9');
            bool certain = form == PhoneForm.International || (form == PhoneForm.National && !inRow && !followed) || (form != PhoneForm.None && (labelled || IsLabelledBehind(text, end)));
            if (certain)
                return !plus && (PiiText.IsInUrl(text, start) || PiiText.IsNumberedThing(text, start)) ? default : Between(start, end);
        }
        return default;
    }

    // An extension (x123, ext. 123, 转123) belongs to the number.
    private static bool EndsNumber(ReadOnlySpan<char> text, ref int end)
    {
        int at = PiiText.At(text, end) == ' ' ? end + 1 : end;
        int mark = ExtensionMark(text[Math.Min(at, text.Length)..]);
        if (mark > 0)
        {
            at += mark;
            at += PiiText.At(text, at) is ' ' or ':' ? 1 : 0;
            int first = at;
            while (PiiText.IsDigit(text, at) && at - first <= LongestExtension)
                at++;
            if (at > first && at - first <= LongestExtension && PiiText.EndsAlone(text, at))
            {
                end = at;
                return true;
            }
        }
        return PiiText.EndsAlone(text, end) && PiiText.At(text, end) is not ('%' or '_' or '$' or '€' or '£');
    }

    private static int ExtensionMark(ReadOnlySpan<char> text)
    {
        foreach (string mark in (ReadOnlySpan<string>)["extension", "ext.", "ext", "x", "转", "轉", "分机"])
        {
            if (text.StartsWith(mark, StringComparison.OrdinalIgnoreCase))
                return mark.Length;
        }
        return 0;
    }

    // "555-1234 (fax)", "555 1234 mobile".
    private static bool IsLabelledBehind(ReadOnlySpan<char> text, int end)
    {
        int start = end;
        while (start - end < 2 && PiiText.At(text, start) is ' ' or '(' or '-')
            start++;
        int stop = start;
        while (stop - start < 12 && char.IsAsciiLetter(PiiText.At(text, stop)))
            stop++;
        return start > end && stop > start && Words.Contains(text[start..stop].ToString());
    }
}
