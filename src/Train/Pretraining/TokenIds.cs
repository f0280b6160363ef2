using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Token ids against the model that is to read them.</summary>
internal static class TokenIds
{
    // A card answers an id beyond its table with an assertion that ends the process and names nothing.
    internal static void Check(ReadOnlySpan<int> ids, int vocabulary)
    {
        int greatest = -1;
        foreach (int id in ids) greatest = Math.Max(greatest, id);
        Check(greatest, vocabulary);
    }

    internal static void Check(int greatest, int vocabulary)
    {
        if (greatest >= vocabulary) throw new InputException($"token id {greatest} is not one of the model's {vocabulary}: the data was tokenized with another tokenizer than the model's; tokenize it again");
    }
}
