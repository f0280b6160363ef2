using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Repairs text that was decoded with the wrong charset on its way: UTF-8 read as windows-1252 or Latin-1, up to three times over, and GBK read as Latin-1. Never drops.</summary>
/// <remarks>Only what is certain is changed: characters that read as bytes decode strictly, and hold something that people do not write (a capital Ã behind a small letter, the sign € behind â).
/// Doubtful ones, such as Ã and a closing quotation mark, follow the rest of their line. How many places were repaired is written into the metadata <c>mojibake_repaired</c>.</remarks>
/// <param name="utf8">Repair UTF-8 that was read as windows-1252 or Latin-1.</param>
/// <param name="gbk">Repair GBK that was read as Latin-1, in texts with at least 8 such characters, many of them among the commonest of Chinese.</param>
[Stage("fix_mojibake")]
public sealed class FixMojibake(bool utf8 = true, bool gbk = true) : Filter
{
    private const int MostPasses = 3;

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        int repaired = 0;
        Document edited = document.MapText(text => Edit(text, ref repaired));
        return Verdict.Keep(repaired == 0 ? document : edited.With("mojibake_repaired", repaired.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The text repaired, itself where nothing is damaged; adds the places to <paramref name="repaired"/>.</summary>
    internal string Edit(string text, ref int repaired)
    {
        // GBK first: some of its characters are sequences of UTF-8 too, but its proof asks for a whole text.
        if (gbk)
            text = GbkMojibake.Repair(text, ref repaired);
        for (int pass = 0; utf8 && pass < MostPasses; pass++)
        {
            string before = text;
            text = Utf8Mojibake.Repair(text, ref repaired);
            if (ReferenceEquals(before, text))
                break;
        }
        return text;
    }
}
