using DataPipeline.Tokens;

namespace DataPipeline.Tests.Tokens;

/// <summary>Vocabularies that the npm package tiktoken carries, written as rank files and as tokenizer.json for as long as a test runs, and both peers' ids of texts.</summary>
internal sealed class PeerVocabularies : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Tokenizer> _tokenizers = [];

    /// <summary>Compares the ids that we and a peer give.</summary>
    /// <param name="encoding">Such as cl100k_base.</param>
    /// <param name="huggingFace">Hugging Face tokenizers with a tokenizer.json, else tiktoken with ranks.</param>
    /// <param name="jsonLines">Texts.</param>
    /// <param name="texts">The same.</param>
    public void Compare(string encoding, bool huggingFace, string jsonLines, IEnumerable<string> texts)
    {
        string file = FileOf(encoding, huggingFace);
        string[] expected = huggingFace ? NodeOracle.Run("encode", file, jsonLines) : NodeOracle.Run("tiktoken", encoding, jsonLines);
        if (!_tokenizers.TryGetValue(file, out Tokenizer? tokenizer))
            _tokenizers[file] = tokenizer = Tokenizer.Load(file);
        // Hugging Face finds names of special tokens in every text; tiktoken's encode_ordinary never does.
        SpecialTokenHandling special = huggingFace ? SpecialTokenHandling.Recognize : SpecialTokenHandling.AsText;
        int number = 0;
        foreach (string text in texts)
        {
            string ours = $"[{string.Join(',', tokenizer.EncodeToIds(text, special: special))}]";
            if (ours != expected[number])
                Assert.Fail($"{encoding}, {(huggingFace ? "tokenizers" : "tiktoken")}, text {number}: {System.Text.Json.JsonSerializer.Serialize(text)}\n{ours}\n{expected[number]}");
            number++;
        }
        Assert.Equal(expected.Length, number);
    }

    /// <summary>A folder for the texts.</summary>
    public TemporaryFolder Folder => _folder;

    private string FileOf(string encoding, bool huggingFace)
    {
        string ranks = _folder[encoding + ".tiktoken"], json = _folder[encoding + ".json"];
        if (!File.Exists(ranks))
            Parquet.Oracles.RunNode("ranks.js", encoding, ranks, json);
        return huggingFace ? json : ranks;
    }

    public void Dispose() => _folder.Dispose();
}
