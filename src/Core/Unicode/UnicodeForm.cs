namespace DataPipeline.Core.Unicode;

/// <summary>The four normalization forms of Unicode Standard Annex 15.</summary>
public enum UnicodeForm
{
    /// <summary>Canonical composition: what the web and most tokenizers use.</summary>
    Nfc,

    /// <summary>Canonical decomposition.</summary>
    Nfd,

    /// <summary>Compatibility composition: also unifies full-width letters, ligatures and circled digits.</summary>
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,
}
