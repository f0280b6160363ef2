using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Trains a fastText classifier (Joulin et al. 2016, arXiv 1607.01759): stochastic gradient descent with a rate that falls to zero in a straight line.</summary>
/// <remarks><para>The same bytes for any number of threads. fastText's own program lets threads write over each other (Recht et al. 2011, Hogwild); here steps
/// of 16 examples take three parts: the mean of each example's rows, on all threads; the output layer, one example after another; then the steps of
/// the rows, each row by one thread in the order of the examples. Only the rows of features are up to 15 examples old, and those rarely meet; the output
/// weights never are. Averaging the weights of shards was refused: rare rows, which one shard alone has seen, would learn a fraction.</para>
/// <para>Examples come in the order of the text: mix labels before.</para></remarks>
public sealed unsafe class FastTextTrainer
{
    private const int StepExamples = 16;

    // Fewer floats than this are summed sooner than another thread wakes up.
    private const long ParallelFloats = 1 << 16;

    private readonly FastTextArguments _arguments;
    private readonly FastTextTraining _training;

    /// <summary>Makes a trainer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its bounds.</exception>
    public FastTextTrainer(FastTextArguments arguments, FastTextTraining training)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(arguments.Dim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(arguments.Epoch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(arguments.WordNGrams, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(arguments.Bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(arguments.MinN, Math.Max(arguments.MaxN, arguments.MinN));
        ArgumentOutOfRangeException.ThrowIfLessThan(training.Threads, 1);
        bool hashes = arguments.WordNGrams > 1 || arguments.MaxN > 0;
        _arguments = hashes ? arguments : arguments with { Bucket = 0 };
        _training = training;
    }

    /// <summary>Trains on a text in fastText's form: a line for each example, with its labels as words that begin with <c>__label__</c>.</summary>
    /// <param name="blocks">Reads the text from its start, in blocks of whole lines in UTF-8; called once for each pass.</param>
    /// <exception cref="InputException">The text has no label, or the weights grew without bound.</exception>
    public TrainedClassifier Train(Func<IEnumerable<ReadOnlyMemory<byte>>> blocks)
    {
        var vocabulary = new VocabularyBuilder();
        foreach (ReadOnlyMemory<byte> line in ExampleBatch.Cut(blocks()).SelectMany(lines => lines))
            vocabulary.AddLine(line.Span);
        long tokens = vocabulary.Tokens;
        vocabulary.Forget(_arguments.MinCount, _training.MinCountLabel);
        PretrainedVectors? pretrained = _training.PretrainedVectors is { } file ? PretrainedVectors.Read(file, _arguments.Dim) : null;
        pretrained?.AddTo(vocabulary);
        (List<FastTextDictionary.Entry> entries, int words) = vocabulary.Build();
        if (words == entries.Count)
            throw new InputException("the training text has no label: begin each line with __label__ and a name");
        if (words == 0)
            throw new InputException($"no word of the training text was seen {_arguments.MinCount} times: lower the smallest count");
        var dictionary = new FastTextDictionary(_arguments, entries, words, tokens, new HashedRows((uint)_arguments.Bucket));
        if (!RowMatrix.Fits(dictionary.Rows, _arguments.Dim))
            throw new InputException($"{dictionary.Rows:N0} features of {_arguments.Dim} columns are too many: take fewer buckets or columns");
        var input = new RowMatrix((int)dictionary.Rows, _arguments.Dim);
        Fill(input);
        pretrained?.CopyTo(dictionary, input);
        var output = new RowMatrix(OutputLayer.RowsOf(_arguments.Loss, dictionary.Labels.Count), _arguments.Dim);
        Learn(blocks, dictionary, input, output, _arguments.Epoch, _training.LearningRate);
        return new TrainedClassifier(_arguments, dictionary, input, output);
    }

    /// <summary>Trains weights that are there already: after pruning.</summary>
    internal void Learn(Func<IEnumerable<ReadOnlyMemory<byte>>> blocks, FastTextDictionary dictionary, RowMatrix input, RowMatrix output, int epochs, double rate)
    {
        dictionary.CacheSubwords();
        OutputLayer layer = OutputLayer.Create(_arguments, output, dictionary);
        var batch = new ExampleBatch();
        var hidden = new RowMatrix(StepExamples, _arguments.Dim);
        var gradients = new RowMatrix(StepExamples, _arguments.Dim);
        double all = (double)dictionary.Tokens * epochs, done = 0;
        Seed chance = _training.Seed.For("fasttext");
        ulong number = 0;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (List<ReadOnlyMemory<byte>> lines in ExampleBatch.Cut(blocks()))
            {
                batch.Read(lines, dictionary, _training.Threads);
                for (int first = 0; first < batch.Count; first += StepExamples)
                {
                    int count = Math.Min(StepExamples, batch.Count - first);
                    long floats = 0;
                    for (int i = 0; i < count; i++)
                        floats += (long)batch[first + i].Features.Count * input.Stride;
                    int threads = floats < ParallelFloats ? 1 : _training.Threads;
                    Run(threads, part => Forward(batch, first, count, part, threads, input, hidden));
                    for (int i = 0; i < count; i++)
                    {
                        Example example = batch[first + i];
                        done += example.Tokens;
                        if (!example.Teaches)
                            continue;
                        ulong draws = chance.Number(number++);
                        int target = example.Labels[example.Labels.Count == 1 ? 0 : (int)(draws % (ulong)example.Labels.Count)];
                        gradients[i].Clear();
                        float now = (float)(rate * Math.Max(0, 1 - done / all));
                        double loss = layer.Learn(hidden.Row(i), CollectionsMarshal.AsSpan(example.Labels), target, now, ref draws, gradients.Row(i));
                        if (double.IsNaN(loss))
                            throw new InputException($"training came to numbers that are none, at a rate of {rate}: take a smaller one");
                        Scale(gradients.Row(i), gradients.Stride, 1f / example.Features.Count);
                    }
                    Run(threads, part => Backward(batch, first, count, part, threads, input, gradients));
                }
                _training.Progress?.Invoke(done / all);
            }
        }
    }

    private static void Run(int threads, Action<int> part)
    {
        if (threads == 1)
            part(0);
        else
            Parallel.For(0, threads, part);
    }

    private static void Forward(ExampleBatch batch, int first, int count, int part, int parts, RowMatrix input, RowMatrix hidden)
    {
        for (int i = part; i < count; i += parts)
        {
            Example example = batch[first + i];
            if (!example.Teaches)
                continue;
            input.Sum(example.Features.InUse, hidden.Row(i));
            Scale(hidden.Row(i), hidden.Stride, 1f / example.Features.Count);
        }
    }

    private static void Backward(ExampleBatch batch, int first, int count, int part, int parts, RowMatrix input, RowMatrix gradients)
    {
        for (int i = 0; i < count; i++)
        {
            Example example = batch[first + i];
            if (!example.Teaches)
                continue;
            float* gradient = gradients.Row(i);
            foreach (int row in example.Features.InUse)
            {
                // A row belongs to one thread, which takes the examples in their order: no sum depends on the threads.
                if (parts == 1 || (int)((uint)row % (uint)parts) == part)
                    input.AddTo(row, gradient);
            }
        }
    }

    private static void Scale(float* values, int count, float by)
    {
        for (int i = 0; i < count; i++)
            values[i] *= by;
    }

    private void Fill(RowMatrix input)
    {
        Seed chance = _training.Seed.For("rows");
        float bound = 1f / _arguments.Dim;
        Parallel.For(0, input.Rows, new ParallelOptions { MaxDegreeOfParallelism = _training.Threads }, row =>
        {
            Span<float> values = input[row];
            for (int column = 0; column < values.Length; column++)
                values[column] = (float)((2 * chance.Fraction((ulong)row * (ulong)values.Length + (ulong)column) - 1) * bound);
        });
    }
}

/// <summary>How to train; what a model file does not remember.</summary>
public sealed record FastTextTraining
{
    /// <summary>Learning rate at the start; default 0.1.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>A label has to be seen this often; default 0.</summary>
    public int MinCountLabel { get; init; }

    /// <summary>Threads; changes speed only. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where chance begins.</summary>
    public Seed Seed { get; init; }

    /// <summary>A file of word vectors (.vec) to start from; its words are added to the dictionary.</summary>
    public string? PretrainedVectors { get; init; }

    /// <summary>Is told the part that is done, 0 to 1, now and then.</summary>
    public Action<double>? Progress { get; init; }
}
