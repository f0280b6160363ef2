using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

// The probability of a way to cut is the product of the words' frequencies, each divided by their sum. From the end of a run to its start the best way from each
// character is kept (dynamic programming over the graph of words): one visit of a character for each word that begins there, so linear in the text for words of
// bounded length. A hidden Markov model for names, as jieba has behind this, was refused: it guesses words from training data nobody can look at.

/// <summary>Cuts runs of a script without spaces into the words of a list, the most probable way (as jieba without its hidden Markov model).</summary>
/// <remarks>Lines are <c>word frequency [tag]</c>, jieba's format. A character that begins no word of the list is a word of frequency 1.
/// Cuts are those of <see cref="WordRule.Script"/> alone: a character is never parted from its marks.</remarks>
internal sealed class WordDictionary
{
    // Nodes of a trie over UTF-16 units: the next node by node and unit, and the logarithm of the frequency of the word that ends in a node.
    private readonly Dictionary<ulong, int> _next = [];
    private readonly double[] _weights;
    private readonly double _alone;

    /// <summary>Reads a list.</summary>
    /// <exception cref="ConfigurationException">The file is missing, holds no word, or a line has no frequency.</exception>
    public WordDictionary(string file)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"there is no {file}; give a word list with lines of `word frequency`, such as jieba's dict.txt");
        byte[] bytes = File.ReadAllBytes(file);
        Fingerprint = Hash.Of(bytes).ToString("x16", CultureInfo.InvariantCulture);
        var frequencies = new List<double> { 0 };
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0)
                continue;
            if (fields.Length < 2 || !double.TryParse(fields[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double frequency))
                throw new ConfigurationException($"{file}, line {number}: expected `word frequency`, found `{line.Trim()}`");
            int node = 0;
            foreach (char unit in fields[0])
            {
                ulong edge = (ulong)(uint)node << 16 | unit;
                if (!_next.TryGetValue(edge, out node))
                {
                    node = frequencies.Count;
                    _next.Add(edge, node);
                    frequencies.Add(0);
                }
            }
            frequencies[node] = frequency;
        }
        double total = frequencies.Sum();
        if (total == 0)
            throw new ConfigurationException($"{file} holds no word with a frequency; expected lines of `word frequency`");
        _weights = [.. frequencies.Select(frequency => Math.Log(frequency) - Math.Log(total))];
        _alone = -Math.Log(total);
    }

    /// <summary>Digest of the file.</summary>
    public string Fingerprint { get; }

    /// <summary>A view of the same text in which the characters of each word are one word; itself where nothing is joined.</summary>
    public TextView Join(TextView view)
    {
        var cells = new List<int>();
        var inner = new List<int>();
        int end = -1;
        foreach (Slice word in view.EnumerateWords(WordRule.Script))
        {
            bool alone = Rune.DecodeFromUtf16(view[word], out Rune first, out _) == System.Buffers.OperationStatus.Done && TextView.IsUnspacedScript(first);
            if (!alone || word.Start != end)
                Close();
            if (alone)
            {
                cells.Add(word.Start);
                end = word.End;
            }
        }
        Close();
        return inner.Count == 0 ? view : view.JoinWords(inner);

        void Close()
        {
            if (cells.Count > 1)
            {
                cells.Add(end);
                Cut(view.Text, cells, inner);
            }
            cells.Clear();
            end = -1;
        }
    }

    /// <summary>Appends the places inside words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cells">Starts of the characters of a run, and its end.</param>
    /// <param name="inner">Starts that are no start of a word.</param>
    private void Cut(string text, List<int> cells, List<int> inner)
    {
        int count = cells.Count - 1;
        var best = new double[count + 1];
        var next = new int[count];
        for (int i = count - 1; i >= 0; i--)
        {
            best[i] = double.NegativeInfinity;
            int node = 0, at = cells[i];
            for (int to = i + 1; to <= count && Advance(text, ref node, ref at, cells[to]); to++)
                Take(i, to, _weights[node]);
            if (best[i] == double.NegativeInfinity)
                Take(i, i + 1, _alone);
        }
        for (int i = 0; i < count; i = next[i])
        {
            for (int j = i + 1; j < next[i]; j++)
                inner.Add(cells[j]);
        }

        // Of equally probable ways the longer word, as jieba takes it.
        void Take(int from, int to, double weight)
        {
            if (weight + best[to] is var sum && sum > double.NegativeInfinity && sum >= best[from])
                (best[from], next[from]) = (sum, to);
        }
    }

    private bool Advance(string text, ref int node, ref int at, int end)
    {
        for (; at < end; at++)
        {
            if (!_next.TryGetValue((ulong)(uint)node << 16 | text[at], out node))
                return false;
        }
        return true;
    }
}
