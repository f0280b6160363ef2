using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Totals over texts, from which every average is taken: a mean of documents would weigh a short one as a long one.</summary>
public sealed class TextLoss
{
    /// <summary>Texts.</summary>
    public long Documents { get; private set; }

    /// <summary>Predicted tokens.</summary>
    public long Tokens { get; private set; }

    /// <summary>Words: runs of characters that are not white space.</summary>
    public long Words { get; private set; }

    /// <summary>Bytes of the texts in UTF-8.</summary>
    public long Bytes { get; private set; }

    /// <summary>Sum of the losses in nats.</summary>
    public double Nats { get; private set; }

    /// <summary>Mean loss of a token in nats.</summary>
    public double Loss => Nats / Tokens;

    /// <summary>exp(loss of a token); depends on the tokenizer.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Loss of a byte in bits: comparable between tokenizers.</summary>
    public double BitsPerByte => Nats / (Bytes * Math.Log(2));

    /// <summary>exp(loss of a byte).</summary>
    public double BytePerplexity => Math.Exp(Nats / Bytes);

    /// <summary>exp(loss of a word).</summary>
    public double WordPerplexity => Math.Exp(Nats / Words);

    /// <summary>Adds a text.</summary>
    internal void Add(double nats, long tokens, long words, long bytes)
    {
        Documents++;
        Nats += nats;
        Tokens += tokens;
        Words += words;
        Bytes += bytes;
    }

    /// <summary>Losses of texts by source, every token predicted once.</summary>
    /// <param name="open">The model.</param>
    /// <param name="documents">The texts.</param>
    /// <param name="context">Least tokens known before a predicted one where a text is longer than the model's context.</param>
    /// <param name="batch">Windows computed together.</param>
    public static SortedDictionary<string, TextLoss> BySource(TrainedModel open, IEnumerable<Document> documents, int context = 1, int batch = 8)
    {
        var bySource = new SortedDictionary<string, TextLoss>(StringComparer.Ordinal);
        foreach (Document[] part in documents.Where(document => document.Text.Length > 0).Chunk(Math.Max(64, batch)))
        {
            int[][] ids = [.. part.Select(document => open.Tokenizer.EncodeToIds(document.Text).ToArray())];
            RollingWindows.Window[][] windows = [.. ids.Select(text => RollingWindows.Of(text, open.Start, open.Model.Context, Math.Min(context, open.Model.Context)).ToArray())];
            LogLikelihood.Score[] scores = LogLikelihood.Of(open.Model, [.. windows.SelectMany(w => w)], batch);
            int at = 0;
            for (int i = 0; i < part.Length; i++)
            {
                double nats = 0;
                for (int w = 0; w < windows[i].Length; w++) nats -= scores[at++].LogProbability;
                if (!bySource.TryGetValue(part[i].Source, out TextLoss? sum)) bySource[part[i].Source] = sum = new TextLoss();
                sum.Add(nats, ids[i].Length, CountWords(part[i].Text), Encoding.UTF8.GetByteCount(part[i].Text));
            }
        }
        return bySource;
    }

    /// <summary>The totals of several sources together.</summary>
    public static TextLoss Together(IEnumerable<TextLoss> parts)
    {
        var all = new TextLoss();
        foreach (TextLoss part in parts)
            (all.Documents, all.Nats, all.Tokens, all.Words, all.Bytes) = (all.Documents + part.Documents, all.Nats + part.Nats, all.Tokens + part.Tokens, all.Words + part.Words, all.Bytes + part.Bytes);
        return all;
    }

    private static long CountWords(string text)
    {
        long words = 0;
        bool isInside = false;
        foreach (char c in text)
        {
            bool isWord = !char.IsWhiteSpace(c);
            if (isWord && !isInside) words++;
            isInside = isWord;
        }
        return words;
    }
}
