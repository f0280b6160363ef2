using System.Buffers;

namespace DataPipeline.Ingest.Web;

/// <summary>Judges a trial decoding: letters that are common in the encoding's own languages count for it, what such text never holds counts
/// against.</summary>
internal static class CharsetScore
{
    /// <summary>Encodings tried, the likelier first: the first of equals wins.</summary>
    public static readonly string[] Candidates =
        ["windows-1252", "gb18030", "shift_jis", "euc-jp", "big5", "ks_c_5601-1987", "windows-1251", "koi8-r", "windows-1250", "windows-1253",
            "windows-1256", "windows-1255", "windows-874"];

    // The commonest characters of running text, the 40 or so that make up a third of it.
    private static readonly SearchValues<char> Simplified = SearchValues.Create(
        "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当"
        + "想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女"
        + "问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住"
        + "员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许"
        + "八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运"
        + "武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议"
        + "形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴切");
    private static readonly SearchValues<char> Traditional = SearchValues.Create(
        "的一是不了在人有我他這中大來上個國到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小麼心多天而能好都然沒日於起還發成事只作當"
        + "想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女"
        + "問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住"
        + "員九笑性通目華報立馬命張活難神數件安表原車白應路期叫死常提感金何更反合放做系計或司利受光王果親界及今");
    private static readonly SearchValues<char> Hangul = SearchValues.Create("이다의는에을를가고하은한로지서도사기자리시인대어나정해그스일제아들수으부전과원여보장게만구라주상동경있");

    private static readonly SearchValues<char> CentralEuropean =
        SearchValues.Create("ąęłśżźćńěščřžýůőűáíéóďťľĺŕúöüäôĄĘŁŚŻŹĆŃĚŠČŘŽÝŮŐŰÁÍÉÓĎŤĽÚÖÜÄÔ„”");

    /// <summary>Mean value of the non-ASCII characters of <paramref name="text"/> as read by <paramref name="encoding"/>; higher is
    /// likelier.</summary>
    public static double Of(string text, string encoding)
    {
        double score = 0;
        int count = 0;
        char before = ' ';
        foreach (char c in text)
        {
            if (c >= 0x80)
            {
                count++;
                score += Value(c, before, encoding);
            }
            before = c;
        }
        return count == 0 ? 0 : score / count;
    }

    private static double Value(char c, char before, string encoding)
    {
        if (c == '\ufffd' || char.IsControl(c) || c is >= '\ue000' and <= '\uf8ff')
            return -10;
        return encoding switch
        {
            "gb18030" => Simplified.Contains(c) ? 2 : c is >= '\u4e00' and <= '\u9fff' ? 0.3 : IsCjkMark(c) ? 1 : -1,
            "big5" => Traditional.Contains(c) ? 2 : c is >= '\u4e00' and <= '\u9fff' ? 0.3 : IsCjkMark(c) ? 1 : -1,
            "shift_jis" or "euc-jp" => c is >= '\u3041' and <= '\u30ff' ? 2 : c is >= '\u4e00' and <= '\u9fff' ? 0.6 : c is >= '\uff61'
                and <= '\uff9f' ? -1.5 : IsCjkMark(c) ? 1 : -1,
            "ks_c_5601-1987" => Hangul.Contains(c) ? 2 : c is >= '\uac00' and <= '\ud7a3' ? 0.7 : IsCjkMark(c) ? 0.5 : -1,
            "windows-1251" or "koi8-r" => Alphabet(c, before, '\u0400', '\u04ff'),
            "windows-1253" => Alphabet(c, before, '\u0370', '\u03ff'),
            "windows-1255" => Alphabet(c, before, '\u0590', '\u05ff'),
            "windows-1256" => Alphabet(c, before, '\u0600', '\u06ff'),
            "windows-874" => Alphabet(c, before, '\u0e00', '\u0e7f'),
            "windows-1250" => CentralEuropean.Contains(c) ? 0.93 : char.IsLetter(c) ? -0.5 : 0.2,
            _ => c is 'š' or 'ž' or 'Š' or 'Ž' ? 0.3 : char.IsLetter(c) ? Latin(c, before) : c is '¿' or '¡' or '\u201c' or '\u201d' or '\u2019'
                or '\u2018' or '\u2013' or '\u2014' or '\u2026' or '\u00a0' or '«' or '»' ? 1 : 0,
        };
    }

    // Russian in the wrong Cyrillic code page comes out with capitals inside words.
    private static double Alphabet(char c, char before, char first, char last) =>
        c < first || c > last ? (char.IsLetter(c) ? -1 : 0.2)
        : char.IsUpper(c) && char.IsLower(before) ? -1
        : char.IsLower(c) || !char.IsUpper(c) ? before >= first || before == ' ' ? 1.5 : 0.5 : 0.5;

    // A run of accented letters is no Western language.
    private static double Latin(char c, char before) => before >= 0x80 && char.IsLetter(before) ? -0.5 : char.IsUpper(c) && char.IsLower(before)
        ? -0.5 : 1;

    private static bool IsCjkMark(char c) => c is >= '\u3000' and <= '\u303f' or >= '\uff00' and <= '\uff60' or '\u201c' or '\u201d' or '\u2026'
        or '\u2014';
}
