using System.Buffers;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.Formats;

namespace DataPipeline.Tokens;

/// <summary>What to do where the text holds the name of a special token, such as <c>&lt;|endoftext|&gt;</c>.</summary>
public enum SpecialTokenHandling
{
    /// <summary>It is text like any other (the default: what documents say cannot end them).</summary>
    AsText,
    /// <summary>It becomes the special token.</summary>
    Recognize,
    /// <summary>It is an error.</summary>
    Refuse,
}

/// <summary>Text to token ids and back. Safe to use from several threads. Names follow Microsoft.ML.Tokenizers.</summary>
public abstract partial class Tokenizer
{
    /// <summary>One more than the highest id, added and special tokens included.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Special tokens by name.</summary>
    public abstract IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>The token that ends a document: <c>&lt;|endoftext|&gt;</c>, <c>&lt;|end_of_text|&gt;</c> or <c>&lt;/s&gt;</c>; null if there is none.</summary>
    public int? EndOfDocumentId
    {
        get
        {
            foreach (string name in (ReadOnlySpan<string>)["<|endoftext|>", "<|end_of_text|>", "</s>", "[SEP]"])
            {
                if (SpecialTokens.TryGetValue(name, out int id))
                    return id;
            }
            return null;
        }
    }

    /// <summary>XXH64 of everything that decides ids, 16 hexadecimal digits: equal tokenizers have equal fingerprints, whatever file they came from.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>Appends the ids of UTF-8 text, without beginning and end tokens. Bytes that are no UTF-8 are encoded as the bytes they are.</summary>
    /// <exception cref="InputException">The text names a special token and <paramref name="special"/> refuses that.</exception>
    public abstract void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, SpecialTokenHandling special = SpecialTokenHandling.AsText);

    /// <summary>The same, with the place of each id in <paramref name="utf8"/> appended to <paramref name="offsets"/>; slower, and with the same ids.</summary>
    public abstract void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer offsets, SpecialTokenHandling special = SpecialTokenHandling.AsText);

    /// <summary>The bytes of a token; empty for an id without token.</summary>
    public abstract ReadOnlySpan<byte> BytesOf(int id);

    /// <summary>How the vocabulary spells a token, such as <c>Ġthe</c>; null for an id without token.</summary>
    public abstract string? IdToToken(int id);

    /// <summary>The id of a token as the vocabulary spells it, added tokens included; null if there is none.</summary>
    public abstract int? TokenToId(string token);

    /// <summary>Appends the ids of a text. Unpaired surrogates count as U+FFFD.</summary>
    public void Encode(ReadOnlySpan<char> text, IdBuffer output, SpecialTokenHandling special = SpecialTokenHandling.AsText)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Encode(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), output, special);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecialTokens">Puts the tokens around it that the file's post-processor asks for (such as a beginning of text).</param>
    /// <param name="special">How names of special tokens inside the text are read.</param>
    public IReadOnlyList<int> EncodeToIds(string text, bool addSpecialTokens = false, SpecialTokenHandling special = SpecialTokenHandling.AsText)
    {
        IdBuffer ids = new(text.Length / 2);
        if (addSpecialTokens)
        {
            foreach (int id in Prefix)
                ids.Add(id);
        }
        Encode(text, ids, special);
        if (addSpecialTokens)
        {
            foreach (int id in Suffix)
                ids.Add(id);
        }
        return ids.Ids.ToArray();
    }

    /// <summary>The tokens of a text with their places in it.</summary>
    /// <param name="text">The text. Unpaired surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Puts the tokens around it that the file's post-processor asks for.</param>
    /// <param name="special">How names of special tokens inside the text are read.</param>
    public IReadOnlyList<EncodedToken> EncodeToTokens(string text, bool addSpecialTokens = false, SpecialTokenHandling special = SpecialTokenHandling.AsText)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        IdBuffer ids = new(text.Length / 2);
        OffsetBuffer offsets = new(text.Length / 2);
        foreach (int id in addSpecialTokens ? Prefix : [])
        {
            ids.Add(id);
            offsets.Add(0, 0);
        }
        Encode(utf8, ids, offsets, special);
        foreach (int id in addSpecialTokens ? Suffix : [])
        {
            ids.Add(id);
            offsets.Add(utf8.Length, utf8.Length);
        }
        return EncodedToken.List(this, text, ids.Ids, offsets.Offsets);
    }

    /// <summary>How many ids a text has.</summary>
    public int CountTokens(string text, SpecialTokenHandling special = SpecialTokenHandling.AsText)
    {
        IdBuffer ids = new(text.Length / 2);
        Encode(text, ids, special);
        return ids.Count;
    }

    /// <summary>The bytes of a sequence of ids, in which a character may be cut; of a tokenizer that is not byte-level, the UTF-8 of <see cref="Decode"/>.</summary>
    public virtual byte[] DecodeToBytes(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => Encoding.UTF8.GetBytes(Decode(ids.ToArray(), skipSpecialTokens));

    /// <summary>The text of a sequence of ids; bytes that make no character become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false)
    {
        TextDecoder decoder = CreateDecoder(skipSpecialTokens);
        StringBuilder text = new();
        foreach (int id in ids)
            decoder.Append(id, text);
        decoder.Flush(text);
        return text.ToString();
    }

    /// <summary>Reads a tokenizer: a tokenizer.json, a .tiktoken rank file, a SentencePiece .model, BERT's vocab.txt, GPT-2's vocab.json with its merges.txt beside it,
    /// Mistral's tekken.json, or a folder with one of these (tokenizer.json first).</summary>
    /// <param name="path">The file.</param>
    /// <param name="pattern">Split pattern of a rank file or vocabulary (<c>gpt2</c>, <c>cl100k</c>, <c>o200k</c>, <c>qwen</c>); default: by the file's name.</param>
    /// <exception cref="InputException">The file is none of these, is broken, or has a component that is not supported.</exception>
    public static Tokenizer Load(string path, string? pattern = null) => TokenizerFile.Load(path, pattern);

    /// <summary>Ids before and after a text when special tokens are added.</summary>
    internal int[] Prefix { get; init; } = [];

    internal int[] Suffix { get; init; } = [];

    /// <summary>What makes text of ids one by one.</summary>
    internal virtual TextDecoder CreateDecoder(bool skipSpecialTokens) => new ByteDecoder(this, skipSpecialTokens);

    /// <summary>True for special tokens.</summary>
    internal abstract bool IsSpecial(int id);
}
