namespace DataPipeline.Filters;

/// <summary>Published ways to compare documents with test sets.</summary>
public enum DecontaminationScheme
{
    /// <summary>Any gram of a test item, its whole text: question, choices and answers.</summary>
    Ngrams,

    /// <summary>GPT-3 (Brown et al. 2020, arXiv 2005.14165, appendix C): the same grams of 13 words, cut out with 200 characters on each side.</summary>
    Gpt3,

    /// <summary>PaLM (Chowdhery et al. 2022, arXiv 2204.02311): an item of whose grams of 8 words at least 70 % stand in the document.</summary>
    Palm,

    /// <summary>Llama 2 (Touvron et al. 2023, arXiv 2307.09288, appendix A.6): an item of whose words at least 80 % stand in common spans of more than 10 with at most 4 other words.</summary>
    Llama2,

    /// <summary>datatrove: grams of 12 words of the right answer, or from the question into it.</summary>
    Datatrove,

    /// <summary>dolma: a paragraph of more than 13 words that an item has too.</summary>
    Dolma,
}

/// <summary>What becomes of a document that has something of a test set.</summary>
public enum DecontaminationAction
{
    /// <summary>It ends there.</summary>
    Drop,

    /// <summary>What it has in common is cut out.</summary>
    Cut,
}
