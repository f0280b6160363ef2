using System.Runtime.InteropServices;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>A classifier as it came from training: it can be saved for fastText's program and for <see cref="FastTextModel"/>, and made small.</summary>
public sealed class TrainedClassifier
{
    private readonly FastTextDictionary _dictionary;
    private readonly RowMatrix _input, _output;
    private readonly QuantizedMatrix? _smallInput, _smallOutput;

    internal TrainedClassifier(FastTextArguments arguments, FastTextDictionary dictionary, RowMatrix input, RowMatrix output,
        QuantizedMatrix? smallInput = null, QuantizedMatrix? smallOutput = null)
    {
        Arguments = arguments;
        (_dictionary, _input, _output, _smallInput, _smallOutput) = (dictionary, input, output, smallInput, smallOutput);
    }

    /// <summary>What it was made with.</summary>
    public FastTextArguments Arguments { get; }

    /// <summary>The labels without <c>__label__</c>.</summary>
    public IReadOnlyList<string> Labels => _dictionary.Labels;

    /// <summary>Words in the dictionary.</summary>
    public int Words => _dictionary.WordCount;

    /// <summary>Tokens of the training text.</summary>
    public long Tokens => _dictionary.Tokens;

    /// <summary>Makes it small by pruning and product quantization (Joulin et al. 2016, arXiv 1612.03651).</summary>
    /// <param name="options">How.</param>
    /// <param name="retrain">Trains the rows that are left once more; null leaves them.</param>
    /// <param name="blocks">The training text, for <paramref name="retrain"/>.</param>
    public TrainedClassifier Quantize(FastTextQuantization options, FastTextTraining? retrain = null, Func<IEnumerable<ReadOnlyMemory<byte>>>? blocks = null)
    {
        (FastTextDictionary dictionary, RowMatrix input) = options.Cutoff > 0 && options.Cutoff < _input.Rows ? Prune(options.Cutoff) : (_dictionary, _input);
        RowMatrix output = _output;
        if (retrain is not null && blocks is not null)
        {
            // This classifier stays what it was.
            output = output.Copy();
            input = ReferenceEquals(input, _input) ? input.Copy() : input;
            new FastTextTrainer(Arguments, retrain).Learn(blocks, dictionary, input, output, options.RetrainEpochs ?? Arguments.Epoch, retrain.LearningRate);
        }
        return new TrainedClassifier(Arguments, dictionary, input, output, new QuantizedMatrix(input, options.GroupColumns, options.SeparateLengths),
            options.Output ? new QuantizedMatrix(output, 2, options.SeparateLengths) : null);
    }

    /// <summary>The model for predicting.</summary>
    public FastTextModel ToModel()
    {
        var stream = new MemoryStream();
        Save(stream);
        stream.Position = 0;
        return FastTextModel.Load(stream, "trained model");
    }

    /// <summary>Writes the file: fastText's .bin, or .ftz where it was quantized.</summary>
    public void Save(string path)
    {
        string temporary = path + ".tmp";
        using (FileStream stream = File.Create(temporary))
            Save(stream);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes the file: fastText's .bin, or .ftz where it was quantized.</summary>
    public void Save(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        foreach (int value in (ReadOnlySpan<int>)[FastTextReader.Magic, FastTextReader.Version, Arguments.Dim, Arguments.WindowSize, Arguments.Epoch, Arguments.MinCount,
            Arguments.Negatives, Arguments.WordNGrams, (int)Arguments.Loss, FastTextReader.Supervised, Arguments.Bucket, Arguments.MinN, Arguments.MaxN, Arguments.LearningRateUpdates])
            writer.Write(value);
        writer.Write(Arguments.SamplingThreshold);
        WriteDictionary(writer);
        writer.Write(_smallInput is not null);
        if (_smallInput is not null)
            _smallInput.Write(writer);
        else
            WriteRows(writer, _input);
        writer.Write(_smallOutput is not null);
        if (_smallOutput is not null)
            _smallOutput.Write(writer);
        else
            WriteRows(writer, _output);
    }

    private void WriteDictionary(BinaryWriter writer)
    {
        int[]? kept = _dictionary.Hashed.Kept;
        writer.Write(_dictionary.Counts.Length);
        writer.Write(_dictionary.WordCount);
        writer.Write(_dictionary.Labels.Count);
        writer.Write(_dictionary.Tokens);
        writer.Write(kept is null ? -1L : kept.Length);
        for (int entry = 0; entry < _dictionary.Counts.Length; entry++)
        {
            writer.Write(_dictionary.TextOf(entry));
            writer.Write((byte)0);
            writer.Write(_dictionary.Counts[entry]);
            writer.Write(entry >= _dictionary.WordCount);
        }
        for (int row = 0; row < (kept?.Length ?? 0); row++)
        {
            writer.Write(kept![row]);
            writer.Write(row);
        }
    }

    private static void WriteRows(BinaryWriter writer, RowMatrix matrix)
    {
        writer.Write((long)matrix.Rows);
        writer.Write((long)matrix.Columns);
        for (int row = 0; row < matrix.Rows; row++)
            writer.Write(MemoryMarshal.AsBytes(matrix[row]));
    }

    /// <summary>Keeps the longest rows, and that of the line end in any case.</summary>
    private (FastTextDictionary Dictionary, RowMatrix Input) Prune(int cutoff)
    {
        var lengths = new double[_input.Rows];
        for (int row = 0; row < lengths.Length; row++)
        {
            foreach (float value in _input[row])
                lengths[row] += value * (double)value;
        }
        int endOfLine = _dictionary.Find(FastTextDictionary.EndOfLine, FastTextDictionary.HashOf(FastTextDictionary.EndOfLine));
        int[] order = [.. Enumerable.Range(0, lengths.Length)];
        Array.Sort(order, (a, b) => a == b ? 0 : a == endOfLine ? -1 : b == endOfLine ? 1 : lengths[a] != lengths[b] ? lengths[b].CompareTo(lengths[a]) : a.CompareTo(b));
        int[] kept = [.. order.Take(cutoff).Order()];
        int[] words = [.. kept.TakeWhile(row => row < _dictionary.WordCount)];
        var hashed = new HashedRows(_dictionary.Hashed.Bucket, [.. kept.Skip(words.Length).Select(row => row - _dictionary.WordCount)]);
        IEnumerable<FastTextDictionary.Entry> entries = words.Concat(Enumerable.Range(_dictionary.WordCount, _dictionary.Labels.Count))
            .Select(entry => new FastTextDictionary.Entry(_dictionary.TextOf(entry).ToArray(), _dictionary.Counts[entry]));
        var input = new RowMatrix(kept.Length, _input.Columns);
        for (int row = 0; row < kept.Length; row++)
            _input[kept[row]].CopyTo(input[row]);
        return (new FastTextDictionary(Arguments, [.. entries], words.Length, _dictionary.Tokens, hashed), input);
    }
}

/// <summary>How a classifier is made small; the defaults are those of fastText's own program.</summary>
public sealed record FastTextQuantization
{
    /// <summary>Rows that are kept, the longest; 0, the default, keeps all.</summary>
    public int Cutoff { get; init; }

    /// <summary>Columns that share one byte; default 2.</summary>
    public int GroupColumns { get; init; } = 2;

    /// <summary>Quantizes the length of each row apart from its direction.</summary>
    public bool SeparateLengths { get; init; }

    /// <summary>Quantizes the output weights too.</summary>
    public bool Output { get; init; }

    /// <summary>Passes of training after pruning; null takes as many as before.</summary>
    public int? RetrainEpochs { get; init; }
}
