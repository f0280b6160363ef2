using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Word vectors of a text file: a line with their number and size, then a line for each word with its numbers.</summary>
internal sealed class PretrainedVectors
{
    private readonly List<(byte[] Word, float[] Values)> _rows = [];

    /// <summary>Reads a .vec file.</summary>
    /// <exception cref="InputException">It is none, or its vectors have another size.</exception>
    public static PretrainedVectors Read(string path, int dim)
    {
        var vectors = new PretrainedVectors();
        using var reader = new StreamReader(path, new UTF8Encoding(false));
        string[] head = (reader.ReadLine() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (head.Length != 2 || !long.TryParse(head[0], out long count) || !int.TryParse(head[1], out int size))
            throw new InputException($"{path}: line 1 is not the number of words and the size of vectors: give a .vec file");
        if (size != dim)
            throw new InputException($"{path}: vectors of {size} numbers, where the model has {dim} columns: train with a dimension of {size}");
        for (long line = 2; line < count + 2; line++)
        {
            string[] fields = reader.ReadLine()?.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                ?? throw new InputException($"{path}: ends at line {line}, though line 1 announces {count} words: get the file again");
            if (fields.Length != dim + 1)
                throw new InputException($"{path}: line {line} is not a word and {dim} numbers: get the file again");
            var values = new float[dim];
            for (int i = 0; i < dim; i++)
            {
                if (!float.TryParse(fields[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                    throw new InputException($"{path}: line {line}: \"{fields[i + 1]}\" is no number: get the file again");
            }
            vectors._rows.Add((Encoding.UTF8.GetBytes(fields[0]), values));
        }
        return vectors;
    }

    public void AddTo(VocabularyBuilder vocabulary)
    {
        foreach ((byte[] word, _) in _rows)
            vocabulary.Add(word, 1);
    }

    public void CopyTo(FastTextDictionary dictionary, RowMatrix input)
    {
        foreach ((byte[] word, float[] values) in _rows)
        {
            int row = dictionary.Find(word, FastTextDictionary.HashOf(word));
            if (row >= 0 && row < dictionary.WordCount)
                values.CopyTo(input[row]);
        }
    }
}
