using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary>Tables of numbers on the standard output.</summary>
internal static class ResultTable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A perplexity can be beyond a double.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    /// <summary>A table whose first column is text and the others numbers.</summary>
    public static Table With(string first, params string[] others)
    {
        var table = new Table { Border = TableBorder.Minimal };
        table.AddColumn(first);
        foreach (string column in others)
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right });
        return table;
    }

    /// <summary>Writes it, as wide as it needs where no terminal bounds it.</summary>
    public static void Write(Table table)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
            console.Profile.Width = 200;
        console.Write(table);
    }

    /// <summary>Writes the same as one JSON object, names in snake_case.</summary>
    public static void WriteJson<T>(T results) => Console.WriteLine(JsonSerializer.Serialize(results, Json));
}
