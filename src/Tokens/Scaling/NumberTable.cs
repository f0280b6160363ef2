using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>A CSV file of numbers with names of columns in its first line: measured runs, mixtures and losses.</summary>
/// <remarks>Cells are looked at when a column is asked for, so a column of names does no harm. Quotes hold no line ends here.</remarks>
public sealed class NumberTable
{
    private readonly string _path;
    private readonly string[][] _rows;
    private readonly int[] _lines;

    private NumberTable(string path, string[] columns, string[][] rows, int[] lines)
    {
        _path = path;
        Columns = columns;
        _rows = rows;
        _lines = lines;
    }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Rows below the names.</summary>
    public int RowCount => _rows.Length;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">A row has more or fewer cells than there are columns, or there is no row.</exception>
    public static NumberTable Read(string path)
    {
        string[]? columns = null;
        var rows = new List<string[]>();
        var lines = new List<int>();
        foreach ((int number, string line) in File.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            string[] cells = [.. line.Split(',').Select(cell => cell.Trim().Trim('"'))];
            if (columns is null)
            {
                columns = cells;
                if (columns.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
                    throw new InputException($"{path}:{number + 1}: two columns are named {twice.Key}");
                continue;
            }
            if (cells.Length != columns.Length)
                throw new InputException($"{path}:{number + 1}: {cells.Length} cells where the first line names {columns.Length} columns");
            rows.Add(cells);
            lines.Add(number + 1);
        }
        return rows.Count > 0 ? new NumberTable(path, columns!, [.. rows], [.. lines]) : throw new InputException($"{path}: no rows: the first line names the columns, each further line is a run");
    }

    /// <summary>The first of these columns that is there, or null.</summary>
    public string? Find(params string[] names) => names.Select(name => Columns.FirstOrDefault(column => column.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(column => column is not null);

    /// <summary>The numbers of a column.</summary>
    /// <exception cref="InputException">A cell is no finite number.</exception>
    public double[] Numbers(string column) => [.. Cells(column).Select((cell, row) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : throw Wrong(row, column, "no number"))];

    /// <summary>The numbers of a column that must all be above zero; units such as 1.3B are understood.</summary>
    /// <exception cref="InputException">A cell is no number above zero.</exception>
    public double[] Quantities(string column) => [.. Cells(column).Select((cell, row) =>
    {
        try
        {
            return Quantity.Parse(cell, column);
        }
        catch (ConfigurationException)
        {
            throw Wrong(row, column, "no number above zero");
        }
    })];

    /// <summary>The cells of a column as they stand.</summary>
    public IEnumerable<string> Cells(string column)
    {
        int at = Columns.ToList().IndexOf(column);
        return at >= 0 ? _rows.Select(row => row[at]) : throw new InputException($"{_path}: no column {column} (there are {string.Join(", ", Columns)})");
    }

    private InputException Wrong(int row, string column, string why) => new($"{_path}:{_lines[row]}: {column} '{Cells(column).ElementAt(row)}' is {why}");
}
