using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops XML that goes by another name, as StarCoder does (Li et al. 2023, arXiv 2305.06161): <c>&lt;?xml version=</c> in the first 100 characters. XSLT passes.</summary>
[Stage("code_xml")]
public sealed class CodeXml : RuleFilter
{
    private const int HeadCharacters = 100;

    private protected override void Check(Document document, ref RuleLog log)
    {
        ReadOnlySpan<char> text = document.Text;
        bool stylesheet = document.Metadata.TryGetValue("path", out string? path) && (path.EndsWith(".xsl", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".xslt", StringComparison.OrdinalIgnoreCase));
        // Enough units for 100 characters that are pairs of them.
        int at = stylesheet ? -1 : text[..Math.Min(text.Length, 2 * HeadCharacters)].IndexOf("<?xml version=");
        bool found = at >= 0 && TextView.CountCodePoints(text[..at]) + "<?xml version=".Length <= HeadCharacters;
        log.Above("code_xml", found ? 1 : 0, 0);
    }
}
